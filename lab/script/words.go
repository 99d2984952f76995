package script

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Words says what a Command may be: "cut n1 n2", "link n1 n2 latency=50ms", "isolate n1", "heal", "crash n1",
// "status n1" and so on. The first word is a verb of the lab, or, with a node after it, a verb or a method of that
// node. A further word NAME=VALUE gives an argument by name; nodes in a list are joined by commas. It is for people,
// and never changes.
var Words = strings.Join(commandVerbs(), ", ") +
	" [FAULT], crash NODE [power=False], restart NODE, pause NODE, resume NODE, clock NODE, configure NODE, METHOD NODE; " +
	"to look: nodes, links, connections, faults, events"

// commandVerbs are the names of those verbs of the lab that are commands.
func commandVerbs() (names []string) {
	for _, v := range verbs {
		if v.usage != "" {
			names = append(names, v.name)
		}
	}
	return names
}

// Usage is the form of the command that begins with a word: a verb or a question, else a method of a node.
func Usage(word string) string {
	of := map[string]string{"connections": "connections [NODE] [NODE]", "events": "events [NAME] [NODE] [last=20]"}
	switch {
	case usage(word) != "":
		return usage(word)
	case slices.Contains(questions, word):
		return cmp.Or(of[word], word)
	}
	return word + " NODE [VALUE ...] [NAME=VALUE ...]"
}

// usage is the form of a verb, told where a command is wrong and nothing better can be said; "" when there is nothing to say.
func usage(word string) string {
	if v := named(verbs, word); v != nil {
		return v.usage
	}
	if v := named(nodeVerbs, word); v != nil {
		return v.usage
	}
	return ""
}

// command finds what the words mean.
func (r *run) command(words []string) (fn starlark.Value, args starlark.Tuple, kwargs []starlark.Tuple, err error) {
	if len(words) == 0 {
		return nil, nil, nil, &trouble.Error{Text: "no command", Hint: "commands are " + Words}
	}
	verb, rest := words[0], words[1:]
	var textual func(i int, name string) bool
	switch {
	case verb == "heal" && len(rest) > 0:
		fn, err = r.healOf(rest)
		rest = nil
	case slices.Contains(commandVerbs(), verb):
		if fn, err = r.lab.Attr(verb); err == nil {
			err = checkNames(verb, rest)
		}
	default:
		var n *node
		if n, fn, err = r.ofNode(verb, rest); err == nil {
			textual, rest = n.textual(verb), rest[1:]
		}
		if err == nil && verb == "clock" && len(rest) == 0 {
			err = &trouble.Error{Text: "clock: no speed and no offset is given: nothing would change", Hint: "usage: " + usage(verb)}
		}
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if args, kwargs, err = r.arguments(rest, textual); err != nil {
		return nil, nil, nil, r.explain(fmt.Errorf("%s: %w", verb, err))
	}
	if verb == "isolate" && len(args) > 1 {
		args = starlark.Tuple{starlark.NewList(args)}
	}
	return fn, args, kwargs, nil
}

// checkNames refuses words that can be no nodes, where a quotation mark of the shell has gone wrong as a rule.
func checkNames(verb string, words []string) error {
	for _, word := range words {
		switch {
		case word == "":
			return &trouble.Error{Text: verb + ": a word is empty, want a node or NAME=VALUE", Hint: "usage: " + usage(verb)}
		case strings.ContainsAny(word, " \t\n") && !strings.Contains(word, "="):
			return &trouble.Error{Text: fmt.Sprintf("%s: %q is not the name of a node: it contains a space", verb, word), Hint: "usage: " + usage(verb)}
		}
	}
	return nil
}

// healOf is the heal of the fault with that number.
func (r *run) healOf(rest []string) (starlark.Value, error) {
	number, err := strconv.Atoi(rest[0])
	inForce := r.inForce()
	i := slices.IndexFunc(inForce, func(f *fault) bool { return f.number == number })
	if len(rest) > 1 || err != nil || i < 0 {
		return nil, &trouble.Error{Text: fmt.Sprintf("heal: no fault %q is in force", strings.Join(rest, " ")),
			Hint: "faults lists those in force, by number; heal alone takes back all on links"}
	}
	return inForce[i].Attr("heal")
}

// ofNode finds the node and its verb or method.
func (r *run) ofNode(verb string, rest []string) (*node, starlark.Value, error) {
	if len(rest) == 0 && !slices.Contains(r.callables(), verb) {
		msg, _ := spell.Unknown("command", verb, append(append(r.callables(), commandVerbs()...), questions...))
		return nil, nil, r.noCommand(msg)
	}
	if len(rest) == 0 {
		return nil, nil, &trouble.Error{Text: verb + ": which node?", Hint: "nodes are " + strings.Join(r.nodeNames(), ", ")}
	}
	n := r.byName[rest[0]]
	if n == nil && r.byName[verb] != nil && !slices.Contains(r.callables(), verb) {
		return nil, nil, &trouble.Error{Text: fmt.Sprintf("no command %q", verb), Hint: "the command comes first: " + rest[0] + " " + verb}
	}
	if n == nil {
		msg, hint := spell.Unknown("node", rest[0], r.nodeNames())
		if near := r.sibling(rest[0]); hint != "" && near != "" {
			msg += fmt.Sprintf(" (did you mean %q?)", near)
		}
		return nil, nil, r.noCommand(verb + ": " + msg)
	}
	fn, err := n.Attr(verb)
	if !isCallable(fn) {
		msg, hint := spell.Unknown("method", verb, append(n.callables(), commandVerbs()...))
		return nil, nil, &trouble.Error{Text: n.name + ": " + msg, Hint: hint}
	}
	return n, fn, err
}

// sibling is the first node whose name differs from this one in its number only. In a script that would be no slip of the
// keyboard; on a command line it is the likeliest one.
func (r *run) sibling(name string) string {
	stem := func(name string) string { return strings.TrimRight(name, "0123456789") }
	i := slices.IndexFunc(r.nodes, func(n *node) bool { return stem(n.name) == stem(name) })
	if i < 0 {
		return ""
	}
	return r.nodes[i].name
}

// callables are the verbs and methods that a node of this run has.
func (r *run) callables() (names []string) {
	for _, n := range r.nodes {
		names = append(names, n.callables()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// arguments are those that words give, by place and by name. textual tells which are texts.
func (r *run) arguments(
	words []string, textual func(i int, name string) bool,
) (args starlark.Tuple, kwargs []starlark.Tuple, err error) {
	for _, word := range words {
		name, text, named := strings.Cut(word, "=")
		if named = named && isName(name); !named {
			name, text = "", word
		}
		v, err := r.word(text, textual != nil && textual(len(args), name))
		switch {
		case err != nil:
			return nil, nil, err
		case named && slices.ContainsFunc(kwargs, func(other starlark.Tuple) bool { return other[0] == starlark.String(name) }):
			return nil, nil, fmt.Errorf("%s is given twice", name)
		case named:
			kwargs = append(kwargs, starlark.Tuple{starlark.String(name), v})
		default:
			args = append(args, v)
		}
	}
	return args, kwargs, nil
}

// callables are the words of the node that can be called.
func (n *node) callables() []string {
	return slices.DeleteFunc(n.AttrNames(), func(name string) bool {
		v, err := n.Attr(name)
		return err != nil || !isCallable(v)
	})
}

func isCallable(v starlark.Value) bool {
	_, ok := v.(starlark.Callable)
	return ok
}

func isName(text string) bool {
	for i, c := range text {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return text != ""
}

// noCommand says what could have been meant.
func (r *run) noCommand(what string) error {
	hint := "commands are " + Words
	if len(r.nodes) > 0 {
		hint += "; nodes are " + strings.Join(r.nodeNames(), ", ")
	}
	return &trouble.Error{Text: what, Hint: hint}
}

// textual tells which parameters of a node's method are texts, so that a number given for one stays a text.
func (n *node) textual(verb string) func(i int, name string) bool {
	m := n.kind.methods[verb]
	if m == nil {
		return nil
	}
	return func(i int, name string) bool {
		if name != "" {
			i = m.args.index(name)
		}
		return i >= 0 && i < len(m.args.list) && slices.Contains([]value.Type{{Base: value.String}, {Base: value.Bytes}}, m.args.list[i].typ)
	}
}

// word is what one word stands for: a node, several of them, a quantity, a draw, a number, True, False, None, what one of
// constructs makes, else a text.
func (r *run) word(text string, textual bool) (starlark.Value, error) {
	if textual {
		return starlark.String(text), nil
	}
	if n := r.byName[text]; n != nil {
		return n, nil
	}
	if parts := value.SplitOutside(text); len(parts) > 1 {
		list, _, err := r.arguments(parts, nil)
		return starlark.NewList(list), err
	}
	name, inner, called := strings.Cut(text, "(")
	inner, closed := strings.CutSuffix(inner, ")")
	if called && closed && slices.Contains(constructs, name) {
		return r.construct(name, inner)
	}
	return plainWord(text), nil
}

// constructs are the functions that a word may call, beside those of draws: codel(5ms,64KiB).
var constructs = []string{"burst", "codel"}

func (r *run) construct(name, inner string) (starlark.Value, error) {
	var words []string
	if strings.TrimSpace(inner) != "" {
		words = value.SplitOutside(inner)
	}
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	args, kwargs, err := r.arguments(words, nil)
	if err != nil {
		return nil, err
	}
	return starlark.Call(new(starlark.Thread), star.Predeclared()[name], args, kwargs)
}

func plainWord(text string) starlark.Value {
	switch text {
	case "True", "true":
		return starlark.True
	case "False", "false":
		return starlark.False
	case "None":
		return starlark.None
	}
	for _, base := range []value.Base{value.Duration, value.Draw, value.Rate} {
		if v, err := value.Parse(value.Type{Base: base}, text); err == nil {
			return star.FromValue(v, nil)
		}
	}
	if n, err := value.ParseSize(text); err == nil {
		return starlark.MakeInt64(n)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return starlark.Float(f)
	}
	return starlark.String(text)
}
