package script

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
)

// telling fills in what is known of a site that did not hold.
type telling struct {
	*observed
	check  *result.Check
	sites  *load.Sites
	site   load.Site
	beside bool // the side that is told has not decided
	seen   map[result.Part]bool
}

// tell fills in the values of a site, in the order of the source, each text once per value. The nodes that the values are or
// come from, and the events, are those of the sides that have decided.
func (n *observed) tell(c *result.Check, all *load.Sites, number int) {
	t := telling{observed: n, check: c, sites: all, site: all.All[number], seen: map[result.Part]bool{}}
	deciding := t.site.Condition.Deciding(t.truth)
	for _, leaf := range t.site.Condition.Leaves() {
		t.beside = !slices.Contains(deciding, leaf)
		t.leaf(leaf)
	}
}

func (t *telling) value(part int) starlark.Value {
	if t.values == nil {
		return nil
	}
	return t.values[part]
}

func (t *telling) truth(part int) (is, known bool) {
	if part < 0 || t.value(part) == nil {
		return false, false
	}
	return bool(t.value(part).Truth()), true
}

// leaf tells the parts of a side; of one that was not evaluated only that.
func (t *telling) leaf(leaf *load.Clause) {
	for k := leaf.First; k < leaf.Last; k++ {
		if leaf.Each == nil || k < leaf.Each.First || k >= leaf.Each.Last {
			t.part(t.sites.Parts[k], t.value(k))
		}
		if k == leaf.Truth && t.value(k) == nil {
			return
		}
	}
	if d := t.items[slices.Index(t.sites.Eaches, leaf.Each)]; leaf.Each != nil && d != nil && !t.beside {
		t.each(leaf.Each, d)
	}
}

// each tells of the items that have decided: n.status().term for n = n2.
func (t *telling) each(of *load.Each, d *decided) {
	for _, it := range d.first {
		var loop, values []string
		for i, name := range of.Names {
			values = append(values, show(it.variables[i]))
			loop = append(loop, name+" = "+values[i])
			t.mention(it.variables[i])
		}
		before := len(t.check.Parts)
		for i, v := range it.parts {
			switch text := t.sites.Parts[of.First+i]; {
			case v == nil || slices.Contains(of.Names, text):
			case text == "":
				t.mention(v)
			default:
				t.part(text+" for "+strings.Join(loop, ", "), v)
			}
		}
		if len(t.check.Parts) == before {
			t.check.Parts = append(t.check.Parts, result.Part{Text: strings.Join(of.Names, ", "), Value: strings.Join(values, ", ")})
		}
	}
	if more := d.count - len(d.first); more > 0 {
		t.check.Parts = append(t.check.Parts, result.Part{Text: "...", Value: fmt.Sprintf("%d more", more)})
	}
}

// mention adds the nodes and events of a value to those that the check is about.
func (t *telling) mention(v starlark.Value) {
	if !t.beside {
		t.check.Nodes = nodesOf(v, t.check.Nodes)
		t.check.About = eventsOf(v, t.check.About)
	}
}

// part tells one value; beside errors stands what they were: r.by_error beside r.errors.
func (t *telling) part(text string, v starlark.Value) {
	p := result.Part{Text: text, Value: "-", Beside: t.beside}
	if text == "" && v == nil {
		return
	}
	if v != nil {
		if t.mention(v); text == "" || !worthShowing(v) {
			return
		}
		p.Value = show(v)
	}
	if t.seen[p] || slices.Contains(t.sites.Parts[t.site.First:t.site.Last], text+".errors") { // it is there for its errors
		return
	}
	t.seen[p] = true
	t.check.Parts = append(t.check.Parts, p)
	if of, counts := strings.CutSuffix(text, ".errors"); counts {
		if reasons := t.field(t.sites, t.site, of, "by_error"); reasons != nil {
			t.check.Parts = append(t.check.Parts, result.Part{Text: of + ".by_error", Value: show(reasons), Beside: t.beside})
		}
	}
}
