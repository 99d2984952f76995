// Package origin says which lab a program was built with, so that two programs that are to behave alike can be told to.
package origin

import (
	"fmt"
	"io/fs"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// module is the one that everything of lab is in.
const module = "github.com/netlab-dev/netlab"

// Of is "VERSION+SOURCES": the version of lab's module in this program, devel for a checkout, and a sum of the sources.
// The version is for people; a checkout has none that changes when its files do, so only the sum is compared.
func Of(sources fs.FS) string {
	sum := xxhash.New()
	err := fs.WalkDir(sources, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(sources, path)
		fmt.Fprintf(sum, "%s %d\n", path, len(text))
		_, _ = sum.Write(text) // never fails
		return err
	})
	if err != nil {
		panic(err) // they are embedded
	}
	return fmt.Sprintf("%s+%016x", version(), sum.Sum64())
}

// Same tells whether two versions are of the same sources. One that is empty or has no sum is like no other.
func Same(a, b string) bool {
	_, sumA, ok := strings.Cut(a, "+")
	_, sumB, _ := strings.Cut(b, "+")
	return ok && sumA != "" && sumA == sumB
}

// version is that of the module in this program.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	modules := info.Deps
	if !slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "vcs" }) {
		modules = append(slices.Clone(modules), &info.Main) // not built in a checkout, whose version says less than it seems
	}
	for _, m := range modules {
		if m.Path == module && m.Replace == nil && strings.HasPrefix(m.Version, "v") {
			return m.Version
		}
	}
	return "devel"
}
