package result

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// headings of the page that differ from the names of the types.
var headings = map[string]string{"Sweep": "experiment", "Experiment": "test", "NodeEnd": "node", "Why": "cause"}

// objects adds the types that stand in the JSON of t, by their headings, with their fields and whether each is always there.
func objects(t reflect.Type, seen map[string][]string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
		t = t.Elem()
	}
	heading := strings.ToLower(t.Name())
	if other, ok := headings[t.Name()]; ok {
		heading = other
	}
	if t.Kind() != reflect.Struct || seen[heading] != nil {
		return
	}
	seen[heading] = []string{}
	for f := range t.Fields() {
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if !f.Anonymous {
			seen[heading] = append(seen[heading], fmt.Sprintf("%s always=%v", name, rest == ""))
		}
		objects(f.Type, seen)
	}
}

func TestThePageOfResultsListsEveryField(t *testing.T) {
	want := map[string][]string{}
	for _, line := range []any{Sweep{}, Report{}, Story{}, Moment{}, Packet{}} {
		objects(reflect.TypeOf(line), want)
	}
	page, err := os.ReadFile("../docs/results.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| ([^|]+) \\| [^|]+ \\|$")
	got := map[string][]string{}
	for _, section := range strings.Split(string(page), "\n## ")[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		for _, m := range row.FindAllStringSubmatch(text, -1) {
			got[heading] = append(got[heading], fmt.Sprintf("%s always=%v", m[1], strings.HasSuffix(m[2], ", always")))
		}
	}
	for _, heading := range slices.Sorted(maps.Keys(want)) {
		slices.Sort(want[heading])
		slices.Sort(got[heading])
		if !slices.Equal(want[heading], got[heading]) {
			t.Errorf("## %s lists\n%q, want\n%q", heading, got[heading], want[heading])
		}
		delete(got, heading)
	}
	if len(got) > 0 {
		t.Errorf("sections without an object: %v", slices.Collect(maps.Keys(got)))
	}
}
