package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestPlot(t *testing.T) {
	var out strings.Builder
	if err := run(strings.NewReader("rows & cells,CPU ms\n1000,2\n100000,150\n"), &out); err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(strings.NewReader(out.String()))
	circles := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("it is no XML: %v\n%s", err, out.String())
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "circle" {
			circles++
		}
	}
	if circles != 2 {
		t.Errorf("%d points are drawn, want 2", circles)
	}
}

func TestPlotRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"Empty": "", "OnePoint": "a,b\n1,2\n", "Zero": "a,b\n0,2\n1,2\n", "Words": "a,b\nx,2\n1,2\n",
	} {
		if err := run(strings.NewReader(text), io.Discard); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
