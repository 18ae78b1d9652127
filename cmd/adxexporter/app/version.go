package app

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker: -X .../app.version=v1.2.3.
var version = ""

// Version returns the build's version: the linker's, else the module's.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(c *console) error {
	_, err := fmt.Fprintf(c.stdout, "adxexporter %s (%s, %s/%s)\n", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
