package lab

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTargetsAreFilesEachOnceInTheOrderOfTheirNaming(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"b.star", "sub/z.star", "sub/a.star", "sub/readme.md", "sub/deeper/c.star"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name      string
		arguments []string
		want      []target
	}{
		{"a file", []string{"b.star"}, []target{{path: "b.star", whole: true}}},
		{"a directory, not what is below it", []string{"sub"}, []target{
			{path: "sub/a.star", whole: true, inside: true}, {path: "sub/z.star", whole: true, inside: true},
		}},
		{"experiments of one file", []string{"b.star::test_x", "sub/a.star", "./b.star::test_y[n=1]"}, []target{
			{path: "b.star", only: []string{"test_x", "test_y[n=1]"}}, {path: "sub/a.star", whole: true},
		}},
		{"all of a file beside one of it", []string{"b.star::test_x", "b.star"}, []target{{path: "b.star", only: []string{"test_x"}, whole: true}}},
		{"a file that is named, and in a directory that is", []string{"sub/z.star", "sub"}, []target{
			{path: "sub/z.star", whole: true}, {path: "sub/a.star", whole: true, inside: true},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := targets(test.arguments)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(target{})); diff != "" {
				t.Errorf("targets (-want +got):\n%s", diff)
			}
		})
	}
}
