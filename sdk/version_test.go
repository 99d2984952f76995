package sdk

import (
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestTheVersionIsThatOfAllSourcesOfTheSDK(t *testing.T) {
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasPrefix(path, "sdktest/") {
			return err // the suite is no part of a plugin that is served
		}
		_, missing := fs.Stat(sources, path)
		if test := strings.HasSuffix(path, "_test.go"); test != (missing != nil) {
			t.Errorf("%s: a test: %v, embedded: %v; mend the patterns in version.go", path, test, missing == nil)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
