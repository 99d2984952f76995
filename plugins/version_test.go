package plugins

import (
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestTheVersionIsThatOfAllSourcesOfTheBuiltInKinds(t *testing.T) {
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasPrefix(path, "example/") {
			return err // the example is not built in
		}
		_, missing := fs.Stat(sources, path)
		if test := strings.HasSuffix(path, "_test.go"); test != (missing != nil) {
			t.Errorf("%s: a test: %v, embedded: %v; mend the patterns in all.go", path, test, missing == nil)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
