package script

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// questions are the commands that ask a kept run for its state.
var questions = []string{"nodes", "links", "connections", "faults", "events"}

// isQuestion tells whether the words ask for state, as tcp does while it names no setting.
func isQuestion(words []string) bool {
	switch {
	case len(words) == 0:
		return false
	case words[0] == "tcp":
		return len(words) == 1 || len(words) == 2 && !strings.Contains(words[1], "=")
	}
	return slices.Contains(questions, words[0])
}

// state answers a question.
func (r *run) state(words []string) (string, error) {
	switch words[0] {
	case "events":
		return r.eventsState(words)
	case "connections":
		return r.connectionsState(words)
	case "tcp":
		return r.tcpState(words)
	}
	if len(words) > 1 {
		return "", &trouble.Error{Text: fmt.Sprintf("%s: got %q, want nothing more", words[0], words[1])}
	}
	switch words[0] {
	case "links":
		return r.linksState(), nil
	case "faults":
		return r.faultsState(), nil
	}
	return table(func(row func(...string)) {
		for _, n := range r.infos() {
			row(n.Name, n.Kind, cmp.Or(n.Addr, "-"), n.State)
		}
	}), nil
}

// table aligns rows.
func table(fill func(row func(...string))) string {
	var rows [][]string
	fill(func(cells ...string) { rows = append(rows, cells) })
	return result.Table(rows)
}

// linksState is the profile of all links, and then of each that is not like the others. What works the same in both
// directions is one line.
func (r *run) linksState() string {
	links := r.engine.Links()
	texts := map[engine.Pair]string{}
	for _, l := range links.Own {
		texts[l.Pair] = r.linkText(l)
	}
	return table(func(row func(...string)) {
		row("all links", profileText(links.Default))
		for _, l := range links.Own {
			back := engine.Pair{From: l.To, To: l.From}
			switch {
			case texts[back] != texts[l.Pair]:
				row(l.Pair.String(), texts[l.Pair])
			case l.From < l.To:
				row(bothWays(l.Pair), texts[l.Pair])
			}
		}
	})
}

func bothWays(l engine.Pair) string { return l.From + " <-> " + l.To }

// maxPairTexts bounds how many links of a fault are named.
const maxPairTexts = 4

// pairTexts names links, those of both directions once.
func pairTexts(links []engine.Pair) (texts []string) {
	for _, l := range links {
		switch back := (engine.Pair{From: l.To, To: l.From}); {
		case !slices.Contains(links, back):
			texts = append(texts, l.String())
		case l.From < l.To:
			texts = append(texts, bothWays(l))
		}
		if len(texts) == maxPairTexts {
			return append(texts, "...")
		}
	}
	return texts
}

// linkText is the profile of a link, after the faults that do more to it, by their effects: cut by fault 1, 3.
func (r *run) linkText(l engine.LinkState) string {
	var texts []string
	for e := range link.Effects {
		var numbers []string
		for _, f := range r.faults {
			if slices.ContainsFunc(l.Faults, func(on engine.LinkEffect) bool {
				return on.Effect == e && slices.Contains(f.ids, on.Fault)
			}) {
				numbers = append(numbers, strconv.Itoa(f.number))
			}
		}
		if len(numbers) > 0 {
			texts = append(texts, fmt.Sprintf("%v by fault %s", e, strings.Join(numbers, ", ")))
		}
	}
	return strings.Join(append(texts, profileText(l.Profile)), "; ")
}

// profileText names the fields of a profile that are not zero, as lab.link takes them.
func profileText(p link.Profile) string {
	var fields []string
	for _, f := range link.Fields {
		if v := f.Of(p); v != f.Zero {
			fields = append(fields, f.Name+"="+fieldText(v))
		}
	}
	if len(fields) == 0 {
		return "no delay, no loss, no limit"
	}
	return strings.Join(fields, " ")
}

func fieldText(v any) string {
	switch v := v.(type) {
	case link.Draw:
		return value.FormatDraw(v)
	case link.Rate:
		return value.FormatRate(v)
	}
	return fmt.Sprint(v)
}

// inForce are the faults that are not healed, in the order of their making.
func (r *run) inForce() []*fault {
	all := slices.Clone(r.faults)
	for _, n := range r.nodes {
		all = append(all, n.pauses...)
	}
	slices.SortFunc(all, func(a, b *fault) int { return cmp.Compare(a.number, b.number) })
	return all
}

// faultsState lists the faults in force by the numbers that `heal` takes, and the nodes that are crashed.
func (r *run) faultsState() string {
	text := table(func(row func(...string)) {
		for _, f := range r.inForce() {
			when := "since " + value.Short(f.since)
			if f.until != never {
				when += " until " + value.Short(f.until)
			}
			row(strconv.Itoa(f.number), cmp.Or(f.text, f.verb), when, "by "+f.by)
		}
		for _, n := range r.nodes {
			if n.state == crashed {
				row("-", n.name+" crashed", "since "+value.Short(n.since), "by "+n.by)
			}
		}
	})
	return cmp.Or(text, "no fault is in force, and no node is crashed\n")
}

// shownEvents is how many events are shown when the command does not say.
const shownEvents = 20

// eventsState lists the last events, with the faults of nodes and links among them. What it takes is what lab.events
// takes, and last=N.
func (r *run) eventsState(words []string) (string, error) {
	last := starlark.Value(starlark.MakeInt(shownEvents))
	args, kwargs, err := r.arguments(words[1:], nil)
	if err != nil {
		return "", r.explain(fmt.Errorf("events: %w", err))
	}
	kwargs = slices.DeleteFunc(kwargs, func(kw starlark.Tuple) bool {
		if kw[0] == starlark.String("last") {
			last = kw[1]
			return true
		}
		return false
	})
	count, err := starlark.AsInt32(last)
	if err != nil || count < 1 {
		return "", &trouble.Error{Text: fmt.Sprintf("events: last=%s: want a number from 1", last)}
	}
	found, err := r.findEvents(args, kwargs, true)
	if err != nil {
		return "", r.explain(err)
	}
	if len(found.list) == 0 && len(words) > 1 {
		return "no such event so far\n", nil
	}
	text := table(func(row func(...string)) {
		for _, e := range found.list[max(0, len(found.list)-count):] {
			row(value.Short(e.event.At), e.event.Node, eventText(e.event))
		}
	})
	return cmp.Or(text, "no events so far\n"), nil
}
