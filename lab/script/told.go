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
	rests  map[result.Part]bool // what the sides that have decided rest upon
}

// tell fills in the values of a site, in the order of the source, each text once per value. The nodes that the values are or
// come from, and the events, are those of the sides that have decided.
func (n *observed) tell(c *result.Check, all *load.Sites, number int) {
	t := telling{observed: n, check: c, sites: all, site: all.All[number], seen: map[result.Part]bool{}, rests: map[result.Part]bool{}}
	deciding := t.site.Condition.Deciding(t.truth)
	for _, leaf := range deciding {
		for k := leaf.First; k < leaf.Last; k++ {
			if v := t.value(k); v.value != nil {
				t.rests[result.Part{Text: all.Parts[k].Text, Value: v.tell().text}] = true
			}
		}
	}
	for _, leaf := range t.site.Condition.Leaves() {
		t.beside = !slices.Contains(deciding, leaf)
		t.leaf(leaf)
	}
}

func (t *telling) value(part int) noted {
	if t.values == nil {
		return noted{}
	}
	return t.values[part]
}

func (t *telling) truth(part int) (is, known bool) {
	if part < 0 || t.value(part).value == nil {
		return false, false
	}
	return t.value(part).truth(), true
}

// leaf tells the parts of a side; of one that was not evaluated only that.
func (t *telling) leaf(leaf *load.Clause) {
	for k := leaf.First; k < leaf.Last; k++ {
		if leaf.Each == nil || k < leaf.Each.First || k >= leaf.Each.Last {
			t.part(t.sites.Parts[k], t.value(k))
		}
		if k == leaf.Truth && t.value(k).value == nil {
			return
		}
	}
	if !t.beside {
		t.difference(leaf.Equal)
	}
	if d := t.items[slices.Index(t.sites.Eaches, leaf.Each)]; leaf.Each != nil && d != nil && !t.beside {
		t.each(leaf.Each, d)
	}
}

// long is how many letters a list has that nobody compares at a glance.
const long = 80

// difference tells where two lists that should be equal begin to differ: long ones are cut before that.
func (t *telling) difference(of [2]int) {
	if of[1] == 0 || t.value(of[0]).value == nil || t.value(of[1]).value == nil {
		return
	}
	a, b := t.value(of[0]).tell(), t.value(of[1]).tell()
	if a.items == nil || b.items == nil || len(a.text)+len(b.text) < 2*long {
		return
	}
	for i := range max(len(a.items), len(b.items)) {
		if i < min(len(a.items), len(b.items)) {
			if is, err := starlark.Equal(a.items[i], b.items[i]); err != nil {
				return
			} else if is {
				continue
			}
		}
		p := result.Part{Text: "first difference", Value: fmt.Sprintf("[%d]: %s and %s", i, itemText(a.items, i), itemText(b.items, i))}
		t.check.Parts = append(t.check.Parts, p)
		return
	}
}

func itemText(items []starlark.Value, i int) string {
	if i >= len(items) {
		return "(no item)"
	}
	return show(items[i])
}

// each tells of the items that have decided: n.status().term for n = n2.
func (t *telling) each(of *load.Each, d *decided) {
	for _, it := range d.first {
		var loop, values []string
		for i, name := range of.Names {
			values = append(values, it[i].tell().text)
			loop = append(loop, name+" = "+values[i])
			t.mention(it[i])
		}
		before := len(t.check.Parts)
		for i, v := range it {
			switch p := t.sites.Parts[of.First+i]; {
			case v.value == nil:
			case p.Hidden:
				t.mention(v)
			case !slices.Contains(of.Names, p.Text):
				t.part(load.Part{Text: p.Text + " for " + strings.Join(loop, ", ")}, v)
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

// mention adds the nodes, events and calls of a value to those that the check is about.
func (t *telling) mention(v noted) {
	if t.beside {
		return
	}
	for _, name := range v.tell().nodes {
		if !slices.Contains(t.check.Nodes, name) {
			t.check.Nodes = append(t.check.Nodes, name)
		}
	}
	t.check.About = eventsOf(v.value, t.check.About)
	for _, c := range callsOf(v.value) {
		if c.Number > 0 && !slices.Contains(t.check.Calls, c) {
			t.check.Calls = append(t.check.Calls, c)
		}
	}
}

// part tells one value. Beside errors and a status stands what they mean: see tellsMore. A value that sides of both sorts
// have has decided.
func (t *telling) part(of load.Part, v noted) {
	p := result.Part{Text: of.Text, Value: "-"}
	if v.value != nil {
		if t.mention(v); !worthShowing(v.value) {
			return
		}
		p.Value = v.tell().text
	}
	p.Beside = t.beside && !t.rests[p]
	forErrors := func(other load.Part) bool { return other.Text == of.Text+".errors" && !other.Hidden }
	if of.Hidden || t.seen[p] || slices.ContainsFunc(t.sites.Parts[t.site.First:t.site.Last], forErrors) {
		return
	}
	t.seen[p] = true
	t.check.Parts = append(t.check.Parts, p)
	at := strings.LastIndexByte(of.Text, '.')
	more := tellsMore[of.Text[at+1:]]
	if at < 0 || more == "" {
		return
	}
	if told := t.field(t.sites, t.site, of.Text[:at], more); told != nil && bool(told.Truth()) {
		t.check.Parts = append(t.check.Parts, result.Part{Text: of.Text[:at+1] + more, Value: show(told), Beside: t.beside})
	}
}

// tellsMore names the field that says what the number of another one means.
var tellsMore = map[string]string{"errors": "by_error", "status": "body"}
