package remotewrite
import ("testing";"math";"github.com/adx-mon/adxexporter/executor/metric")
func BenchmarkAll(b *testing.B) {
	cells, _ := benchTable()
	compiler := metric.NewCompiler(benchTransform, metric.Options{})
	var transformer metric.Transformer
	var w workspace
	b.Run("transform", func(b *testing.B){ for b.Loop() { benchBatch(b, &transformer, compiler, cells) } })
	bb := benchBatch(b, &transformer, compiler, cells)
	b.Run("encode", func(b *testing.B){ for b.Loop() { w.layout.reset(bb)
		fill(&w.v1, &w.layout, bb.Points, math.MaxInt, math.MaxInt) } })
	b.Run("snappy", func(b *testing.B){ for b.Loop() { w.compress(&w.v1)} })
}
