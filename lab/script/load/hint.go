package load

import (
	"regexp"
	"strings"
)

// habit is something that people write out of habit, and that Starlark does not have. An error whose message matches
// gets the hint; for syntax errors the source line must match, too.
type habit struct {
	msg, line *regexp.Regexp // nil matches all
	hint      string
}

func re(pattern string) *regexp.Regexp {
	if pattern == "" {
		return nil
	}
	return regexp.MustCompile(pattern)
}

func (h habit) match(msg, line string) bool {
	return (h.msg == nil || h.msg.MatchString(msg)) && (h.line == nil || h.line.MatchString(line))
}

// syntaxHabits are tried in order. The pattern of the line decides most of them: the parser's message only says what
// it stumbled over.
var syntaxHabits = []habit{
	{re(`^got try,`), nil, "there are no exceptions: what the network does is a value, see .ok and .error of an answer; " +
		"lab.attempt(fn) makes one of a failed check"},
	{re(`got (except|finally|raise),`), nil, "there are no exceptions: check(False, \"...\") ends the run"},
	{re(`^got with,`), nil, "there is no with: faults end by fault.heal() or lasting = 1*s"},
	{re(`^got class,`), nil, "there are no classes: use struct(a = 1) and functions"},
	{re(`^got (import|from),`), nil, `there is no import: load("lib.star", "name")`},
	{re(`^got del,`), nil, "there is no del: use d.pop(key)"},
	{re(`^got (global|nonlocal),`), nil,
		"a function cannot rebind an outer name: return the value, or keep it in a list that the test makes: n = [0]"},
	{re(`^got (yield|await|async),`), nil,
		"there are no generators and no async: calls wait by themselves, see lab.spawn"},
	{re(`^got is,`), nil, "there is no is: write x == None, x != None"},
	{re(`does not associate`), nil, "comparisons do not chain: write a < b and b < c"},
	{re(`^got string literal`), re(`\bf["']`), `there are no f-strings: "x %s" % y, or "{} {}".format(x, y)`},
	{re(`^got string literal`), re(`^\s*print\s`), "print is a function: print(x)"},
	{re(`^got string literal`), re(`["']\s+["']`), "adjacent strings are not joined: put + between them"},
	{re(`literal, want newline|identifier, want newline`), re(`^\s*assert\b`),
		"there is no assert: check(cond, \"message\") stops, expect(cond) goes on"},
	{re(`want newline`), re(`^\s*match\b`), "there is no match: use if and elif"},
	{re(`want primary expression`), re(`\d\s*%\s*([,)]|$)`), "a share is a number from 0 to 1: 5% is 0.05"},
	{re(`indent`), re(`^ *\t`), "a tab counts as 8 columns: indent with spaces only"},
	{re(`^got '\*\*'`), nil, "there is no power operator: math.pow(x, y)"},
	{re(`^got '\*', want primary`), nil, "there is no star in an assignment: use slices, a, b = xs[0], xs[1:]"},
	{re(`^got identifier, want`), re(`\d\s*(us|ms|s|minute|hour|bit|kbit|mbit|gbit|KiB|MiB)\b`), "put * between a number and its unit: 10*ms"},
	{re(`^got identifier, want newline`), re(`\d_\d`), "numbers have no underscores: 1000000"},
	{re(`^got '=', want newline`), nil, "one assignment a line: a = 1, then b = a"},
	{re(`^got for, want`), nil, "there are no generator expressions: write a list, [x for x in xs]"},
	{re(`^got ':', want '\)'`), re(`:=`), "there is no := : assign on a line of its own"},
	{re(`^got ':', want`), nil, "there are no type annotations: a parameter's default gives its type"},
	{re(`^got '-', want ':'`), re(`->`), "there are no type annotations: a parameter's default gives its type"},
	{re(`character '@'`), nil, "there are no decorators: matrix(test, nodes = [3, 5]) after the function makes a table"},
	{re(`character '!'`), nil, "write not x, and != for unequal"},
	{re(`^got '&'`), re(`&&`), "write and"},
	{re(`^got '\|'`), re(`\|\|`), "write or"},
	{re(`non-ASCII (hex|octal) escape`), nil, "a text holds characters; for bytes write bytes([0xff])"},
	{re(`^got '=', want '\('`), re(`^\s*load\b`), "load is a word of the language and cannot name anything else"},
	{re(`not an identifier|got \w+, want (primary expression|identifier)`), re(`\bload\s*[(=]`),
		"load is a word of the language and cannot name anything else"},
	{re(`^got \w+, want (primary expression|identifier)`), re(`(\+\+|--)\s*$`), "write n += 1"},
	{re(`without else clause`), nil, "write a if cond else b"},
	{re(`got ',', want ':'`), re(`\{`), "write set([1, 2]) for a set"},
}

var evalHabits = []habit{
	{re(`^unknown conversion %[.\d]`), nil,
		"%s has no widths: write round(x, 2); of quantities, round(x, 10*us)"},
	{re(`format spec features`), nil, "{} has no formats: write round(x, 2); of quantities, round(x, 10*us)"},
	{re(`for parameter (oneway: got|lasting: got (node|list))|^lab\.(cut|link|refuse): got \d+ arguments`), nil,
		"what comes after the nodes is named: latency = 10*ms, lasting = 5*s; several nodes are one list: lab.cut(a, [b, c])"},
	{re(`^lab\.(eventually|always): for parameter fn: got`), nil,
		"give a function, which is called again and again: lambda: client.get(url).ok"},
	{re(`got \w+, want bool`), nil, "write True or False"},
	{re(`^unknown binary op: \w+ (not )?in (int|float|bool)`), nil, "(200) is a number: a tuple of one is (200,), a list [200]"},
	{re(`unexpected keyword argument "default"`), nil, "write max(xs or [0])"},
	{re(`^local variable \w+ referenced before`), nil,
		"a nested function cannot rebind an outer name: return the value (sum(lab.join(tasks))), or keep it in a list " +
			"that the test makes: n = [0]"},
	{re(`frozen (list|dict|set|hash table)`), nil,
		"values made at top level are shared by all runs and cannot change: make it inside the function"},
	{re(`during iteration`), nil, "iterate over a copy: for x in list(xs), for k, v in d.items()"},
	{re(`no \.sort field`), nil, "write xs = sorted(xs)"},
	{re(`no \.reverse field`), nil, "write xs = reversed(xs)"},
	{re(`no \.(length|size) field`), nil, "write len(x)"},
	{re(`^too many arguments for format string`), nil, `a pair must be wrapped to be one value: "%s" % (pair,)`},
	{re(`called recursively`), nil, "there is no recursion: use a loop, or a list of work to do"},
	{re(`^unknown binary op: string \+|^unknown binary op: \w+ \+ string`), nil, `write "%s" % x, or str(x)`},
	{re(`got (int|float).*want a duration|duration (<|<=|>|>=) (int|float)\b|^(int|float) (<|<=|>|>=) duration`), nil,
		`give the number a unit: 10*ms, 1.5*s or "10ms"`},
	{re(`got (int|float).*want a rate|rate (<|<=|>|>=) (int|float)\b|^(int|float) (<|<=|>|>=) rate`), nil,
		`give the number a unit: 1*mbit, 64*kbit or "1mbit"`},
	{re(`got a function, want a duration`), nil, "call it: exponential(10*ms), uniform(5*ms, 15*ms)"},
	{re(`want a duration|is not a duration`), nil, `a duration is 10*ms, 1.5*s or "10ms"`},
	{re(`want the name of an event`), nil, `lab.next("became_leader", within = 3*s)`},
	{re(`want a rate`), nil, `a rate is 1*mbit, 64*kbit or "1mbit"`},
	{re(`^unknown binary op: (int|float) \* builtin_function_or_method`), nil,
		"the right side is a function; a unit of time is us, ms, s, minute or hour"},
	{re(`^unknown binary op: (duration \* duration)`), nil, "one of the two is a bare number: 3 * (10*ms)"},
	{re(`^unknown binary op: (duration|rate) (//|%) (int|float)`), nil, "10*ms / 3 is a duration; // and % take two durations, or two rates"},
	{re(`(duration|rate) \S+ (rate|duration)`), nil, "a size is a rate * a duration, and a size / a rate is a duration"},
	{re(`^key [A-Za-z]\w* not in dict`), nil, "the keys may be texts: of a node that is node.name; d.get(key, 0) if there may be none"},
	{re(`^key ("\d+"|\d+) not in dict`), nil, `200 and "200" are two keys: see which ones it has; d.get(key, 0) if there may be none`},
	{re(`^builtin_function_or_method (<|<=|>|>=) |\w (<|<=|>|>=) builtin_function_or_method`), nil, "one side is a function: call it, as in lab.now()"},
	{re(`^invalid call of non-function`), nil, "it is a value: write it without parentheses"},
	{re(`keyword argument "(in|from|load)"`), nil, "the word is reserved; see the kind's documentation for the name"},
}

var foreignNames = map[string]string{
	"true": "write True", "false": "write False", "null": "write None", "nil": "write None",
	"isinstance": `write type(x) == "string"`, "map": "write [f(x) for x in xs]",
	"filter": "write [x for x in xs if f(x)]", "open": "a script has no files: it is hermetic",
	"exec": "a script runs no programs: it is hermetic", "eval": "there is no eval",
	"input": "a script has no input: parameters of the test are flags (--set)",
	"time":  "time is the lab's: lab.now(), lab.sleep(d)", "random": "chance is the lab's: lab.rand.int(1, 6)",
	"os": "a script has no files and no environment: it is hermetic",
	"m":  "write minute", "h": "write hour", "sec": "write s", "seconds": "write s", "minutes": "write minute",
	"msec": "write ms", "millis": "write ms", "milliseconds": "write ms", "usec": "write us", "micros": "write us",
	"ns": "the smallest unit is us", "day": "write 24*hour", "days": "write 24*hour", "second": "write s", "mins": "write minute",
	"kib": "write KiB", "mib": "write MiB", "gib": "write 1024*MiB", "GB": "write 1024*MiB", "mb": "write MiB",
	"Kbit": "write kbit", "Gbit": "write gbit", "gbps": "write gbit", "bps": "write bit", "Mbps": "write mbit",
	"hours": "write hour", "GiB": "write 1024*MiB", "KB": "write KiB", "MB": "write MiB", "kb": "write KiB",
	"kbps": "write kbit", "mbps": "write mbit", "Mbit": "write mbit", "super": "there are no classes",
	"pow": "write math.pow(x, y)", "object": "write struct(a = 1)",
	"history": "write lab.history()", "attempt": "write lab.attempt(fn)",
	"lab": "lab is the first parameter of an experiment: def test_x(lab), and helpers are given it",
}

func syntaxHint(msg, line string) string { return hintFrom(syntaxHabits, msg, line) }

// fieldOfFunction is the error of n.status.role, where n.status().role was meant.
var fieldOfFunction = regexp.MustCompile(`^(?:builtin_function_or_method|function) has no \.(\w+) field`)

func evalHint(msg, line string) string {
	if m := fieldOfFunction.FindStringSubmatch(msg[:min(len(msg), maxMatched)]); m != nil {
		if fn := regexp.MustCompile(`(\w+)\s*\.\s*` + m[1] + `\b`).FindStringSubmatch(line[:min(len(line), maxMatched)]); fn != nil {
			return "call it: " + fn[1] + "()." + m[1]
		}
	}
	return hintFrom(evalHabits, msg, "")
}

// maxMatched is how much of a message hints look at: a script's own text in it may be megabytes.
const maxMatched = 2 << 10

func hintFrom(habits []habit, msg, line string) string {
	msg, line = msg[:min(len(msg), maxMatched)], line[:min(len(line), maxMatched)]
	for _, h := range habits {
		if h.match(msg, line) {
			return h.hint
		}
	}
	return ""
}

// nameHint advises on the resolver's errors.
func nameHint(msg string) string {
	if name, found := strings.CutPrefix(msg, "undefined: "); found {
		name, _, _ = strings.Cut(name, " ")
		return foreignNames[name]
	}
	switch {
	case strings.Contains(msg, "while loops"):
		return "for i in range(n), or for tick in lab.ticks(10*ms) to wait in a loop"
	case strings.Contains(msg, "cannot reassign"):
		return "a name at top level has one value: build it in a function"
	case strings.Contains(msg, "may not follow *args"):
		return "keyword arguments go before *args"
	}
	return ""
}
