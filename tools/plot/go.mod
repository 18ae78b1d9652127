module github.com/adx-mon/adxexporter/tools/plot

go 1.26.0
