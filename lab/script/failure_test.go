package script

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// TestFailuresShowTheValuesOfTheParts compares the text of a failure, without its head and its foot.
func TestFailuresShowTheValuesOfTheParts(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"operands of a comparison", `
    a, b = 2, 3
    check(a > b)`, `
  x.star:4   check(a > b)
               a = 2
               b = 3`},
		{"no part twice, no literal, no unit", `
    xs = [1, 2]
    check(len(xs) == 3 and xs)`, `
  x.star:4   check(len(xs) == 3 and xs)
               len(xs) == 3 = False
               len(xs) = 2
               xs = [1, 2]
               xs = -`},
		{"an arm that was not evaluated", `
    a = 0
    check(a and a > lab.now(), "message")`, `
  x.star:4   check(a and a > lab.now(), "message")
               message
               a = 0
               a > lab.now() = -`},
		{"sides that have not decided", `
    a, b = 1, 2
    check(a == 1 and (b == 3 or b > 5))`, `
  x.star:4   check(a == 1 and (b == 3 or b > 5))
               a == 1 = True   (did not decide)
               a = 1   (did not decide)
               b == 3 = False
               b = 2
               b > 5 = False`},
		{"a side that alone makes not fail", `
    a, b = 1, 2
    check(not (a == 3 or b == 2) or a > b)`, `
  x.star:4   check(not (a == 3 or b == 2) or a > b)
               a == 3 = False   (did not decide)
               a = 1
               b == 2 = True
               b = 2
               a > b = False`},
		{"a value of which both sides are made", `
    r = "late"
    check(type(r) == "string" and r.startswith("ok"))`, `
  x.star:4   check(type(r) == "string" and r.startswith("ok"))
               type(r) == "string" = True   (did not decide)
               type(r) = "string"   (did not decide)
               r = "late"
               r.startswith("ok") = False`},
		{"where two long lists begin to differ", `
    def log(of):
        return [1.0 * of // of] + [struct(index = i, term = 1, command = "x") for i in range(of)] + [struct(index = of, term = 2, command = "y")]
    check([1] + log(1) == [1.0] + log(2))`, `
  x.star:5   check([1] + log(1) == [1.0] + log(2))
               [1] + log(1) = [1, 1.0, struct(index = 0, term = 1, command = "x"), struct(index = 1, term = 2, command = "y")]
               log(1) = [1.0, struct(index = 0, term = 1, command = "x"), struct(index = 1, term = 2, command = "y")]
               [1.0] + log(2) = [1.0, 1.0, struct(index = 0, term = 1, command = "x"), struct(index = 1, term = 1, command = "x"), struct(index = 2, term = 2, command = "y")]
               log(2) = [1.0, struct(index = 0, term = 1, command = "x"), struct(index = 1, term = 1, command = "x"), struct(index = 2, term = 2, command = "y")]
               first difference = [3]: struct(index = 1, term = 2, command = "y") and struct(index = 1, term = 1, command = "x")`},
		{"where a long list ends before another", `
    a = ["a command of some letters"] * 4
    check(a == a[:3] and a)`, `
  x.star:4   check(a == a[:3] and a)
               a == a[:3] = False
               a = ["a command of some letters", "a command of some letters", "a command of some letters", "a command of some letters"]
               a[:3] = ["a command of some letters", "a command of some letters", "a command of some letters"]
               first difference = [3]: "a command of some letters" and (no item)
               a = -`},
		{"two long lists of lists are not told apart where a call might have changed them", `
    a, b = [["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"], [1]], [["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"], [2]]
    def clear():
        a[1].clear()
        b[1].clear()
        return False
    check(a == b or clear())`, `
  x.star:8   check(a == b or clear())
               a == b = False
               a = [["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"], [1]]
               b = [["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"], [2]]
               clear() = False`},
		{"a list as it was, also when a later part changes it", `
    xs, ys = [1], {"a": [2]}
    def clear():
        xs.clear()
        ys["a"].append(3)
        return 0
    check(xs and [xs] and ys and clear())`, `
  x.star:8   check(xs and [xs] and ys and clear())
               xs = [1]   (did not decide)
               [xs] = [[1]]   (did not decide)
               ys = {"a": [2]}   (did not decide)
               clear() = 0`},
		{"an item as it was when it decided", `
    rows = [[1], [2]]
    check(all([row.pop() > 1 for row in rows]) or rows.clear())`, `
  x.star:4   check(all([row.pop() > 1 for row in rows]) or rows.clear())
               all([row.pop() > 1 for row in rows]) = False
               row.pop() for row = [1] = 1
               rows.clear() = None`},
		{"the items for which all does not hold", `
    boxes = lab.add("box", count = 2)
    check(all([b.status().term > 2 and i < 9 for i, b in enumerate(boxes)]))`, `
  x.star:4   check(all([b.status().term > 2 and i < 9 for i, b in enumerate(boxes)]))
               all([b.status().term > 2 and i < 9 for i, b in enumerate(boxes)]) = False
               b.status().term > 2 for i = 0, b = box1 = False
               b.status().term for i = 0, b = box1 = 2
               b.status().term > 2 for i = 1, b = box2 = False
               b.status().term for i = 1, b = box2 = 2`},
		{"what an item leaves out has no value of the item before", `
    check(all([a > 2 and b > 5 for a, b in [(3, 4), (1, 9)]]))`, `
  x.star:3   check(all([a > 2 and b > 5 for a, b in [(3, 4), (1, 9)]]))
               all([a > 2 and b > 5 for a, b in [(3, 4), (1, 9)]]) = False
               a > 2 for a = 3, b = 4 = True
               b > 5 for a = 3, b = 4 = False
               a > 2 for a = 1, b = 9 = False`},
		{"the items for which any holds, and not all of many", `
    check(not any([x > 2 for x in range(9)]))`, `
  x.star:3   check(not any([x > 2 for x in range(9)]))
               any([x > 2 for x in range(9)]) = True
               x = 3
               x = 4
               x = 5
               x = 6
               x = 7
               ... = 1 more`},
		{"durations with all digits", `
    start = lab.now()
    lab.sleep(79999963 * us / 1000)
    check(lab.now() - start >= 80*ms)`, `
  x.star:5   check(lab.now() - start >= 80*ms)
               lab.now() - start = 79.999963ms
               lab.now() = 79.999963ms
               start = 0s`},
		{"a chain of calls is one part, its arguments are others", `
    n = lab.add("box")
    key = "a"
    check(n.status().tags[key] == 5)`, `
  x.star:5   check(n.status().tags[key] == 5)
               n.status().tags[key] = 1
               key = "a"`},
		{"not, in and nested parentheses", `
    x = {"k": 1}
    check(not ("k" in x))`, `
  x.star:4   check(not ("k" in x))
               x = {"k": 1}`},
		{"a conditional expression", `
    x, y = False, 0
    check(1 if x else y)`, `
  x.star:4   check(1 if x else y)
               x = False
               y = 0`},
		{"a list that is judged item by item", `
    xs = [1, 2, 3]
    check(all([x < 3 for x in xs]))`, `
  x.star:4   check(all([x < 3 for x in xs]))
               all([x < 3 for x in xs]) = False
               x = 3`},
		{"a comprehension is one part", `
    xs = [1, 2, 3]
    check([x for x in xs if x > 2] == [])`, `
  x.star:4   check([x for x in xs if x > 2] == [])
               [x for x in xs if x > 2] = [3]`},
		{"named arguments and several lines", `
    def f(x, y = 0):
        return x + y
    a = 1
    check(
        cond = f(a,
                 y = a) == 3,
        message = "sum",
    )`, `
  x.star:6   check( cond = f(a, y = a) == 3, message = "sum", )
               sum
               f(a, y = a) = 2
               a = 1`},
		{"a failed answer", `
    n = lab.add("box")
    answer = n.fail()
    check(answer.ok)`, `
  x.star:5   check(answer.ok)
               answer.ok = False
               answer = box.fail() failed: it broke`},
		{"a method of a failed answer", `
    n = lab.add("box")
    n.crash()
    conn = n.open()
    conn.send(
        "x",
    )`, `
  x.star:6   conn.send(
               box.open() failed: box is crashed; so there is no send(): check(answer.ok) first, or see answer.failed`},
		{"a method of an unknown answer, in a check", `
    n = lab.add("box")
    check(lab.attempt(lambda: n.vague().strip()).failed)
    check(n.vague().strip() == "")`, `
  x.star:5   check(n.vague().strip() == "")
               box.vague() unknown: the answer was lost; so there is no strip(): check(answer.ok) first, or see answer.failed`},
		{"a method of the text that an answer would be", `
    n = lab.add("box")
    n.crash()
    check(n.hello().strip() != "")`, `
  x.star:5   check(n.hello().strip() != "")
               box.hello() failed: box is crashed; so there is no strip(): check(answer.ok) first, or see answer.failed`},
		{"what eventually saw last", `
    n = lab.add("box")
    lab.eventually(lambda: n.status().term > 2 + 1, within = 1*s, message = "term grows")`, `
  x.star:4   lab.eventually(lambda: n.status().term > 2 + 1, within = 1*s, message = "term grows")
               term grows: not within 1s
               n.status().term = 2`},
		{"what always saw", `
    lab.always(lambda: lab.now() < 25*ms, during = 1*s)`, `
  x.star:3   lab.always(lambda: lab.now() < 25*ms, during = 1*s)
               no longer after 30ms
               lab.now() = 30ms`},
		{"a function by name has no parts", `
    def never():
        return None
    lab.eventually(never, within = 10*ms)`, `
  x.star:5   lab.eventually(never, within = 10*ms)
               not within 10ms`},
		{"a poll in the background", `
    lab.spawn(lab.always, lambda: lab.now() < 10*ms, during = 1*s)
    lab.sleep(2*s)`, `
  x.star:3   lab.spawn(lab.always, lambda: lab.now() < 10*ms, during = 1*s)
               no longer after 10ms
               lab.now() = 10ms`},
		{"a check that is a task", `
    lab.spawn(lab.add, "box")
    lab.spawn(check, False)
    lab.sleep(1*s)`, `
  x.star:4   check(False)`},
		{"an event that a task waits for", `
    lab.add("box")
    lab.spawn(lab.next, "dead", 1*s)
    lab.sleep(2*s)`, `
  x.star:4
               no such event within 1s; there has been no dead at all`},
		{"who called", `
    def settled(x):
        check(x == 1)
    settled(2)`, `
  x.star:4   check(x == 1)
               x = 2
               called from x.star:5 in test_x`},
		{"a task that does not end", `
    t = lab.spawn(lambda: lab.sleep(1*hour))
    t.wait(within = 5*ms)`, `
  x.star:4   t.wait(within = 5*ms)
               task 1 (lambda) has not ended within 5ms`},
		{"every expectation, and then the check", `
    for i in range(2):
        expect(i == 1, "first")
    expect(False)
    check(False, "last")`, `
  x.star:4   expect(i == 1, "first")
               first
               i = 0
  x.star:5   expect(False)
  x.star:6   check(False, "last")
               last`},
		{"a check that was passed on under another name", `
    f = check
    f(1 > 2)`, `
  x.star:4   check(False)`},
		{"a nested check keeps the parts of the outer one", `
    def inner(x):
        expect(x == 9)
        return x
    a = 1
    check(inner(a) == 2)`, `
  x.star:4   expect(x == 9)
               x = 1
               called from x.star:7 in test_x
  x.star:7   check(inner(a) == 2)
               inner(a) = 1
               a = 1`},
	} {
		r := runText(t, newWorld(), "\ndef test_x(lab):"+c.body+"\n")
		if r.Outcome != result.Failed {
			t.Errorf("%s: got outcome %s, want FAIL: %s", c.name, r.Outcome, textOf(r))
			continue
		}
		var texts []string
		for _, f := range r.Checks {
			texts = append(texts, "\n"+strings.TrimRight(result.Text{}.Check(&f), "\n"))
		}
		if diff := cmp.Diff(c.want, strings.Join(texts, "")); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestAFailureReadsAsADesignedReport(t *testing.T) {
	w := newWorld()
	f := loadText(t, `
def test_leader(lab, nodes = 3, wait = 1*s):
    n = lab.add("box", name = "n", count = nodes)
    n[0].emit("became_leader", term = 1)
    lab.sleep(4210*ms)
    check(n[0].status().term > n[1].status().term)
matrix(test_leader, nodes = [5])
`)
	all, err := f.Experiments(map[string]string{"wait": "90s"})
	if err != nil {
		t.Fatal(err)
	}
	r := Run(t.Context(), all[0], w, RunOptions{Engine: "sim", Seed: 8123, Kinds: boxes(t)})
	want := `FAIL test_leader[nodes=5,wait=1m30s]                               sim  seed 8123  t=4.21s
  x.star:6   check(n[0].status().term > n[1].status().term)
               n[0].status().term = 2
               n[1].status().term = 2
  last events
    n1  0s  became_leader term=1 who="n1"
  replay: lab run x.star::test_leader --set nodes=5 --set wait=1m30s --engine sim --seed 8123`
	if diff := cmp.Diff(want, textOf(r)); diff != "" {
		t.Error(diff)
	}
}

func TestEachPartIsEvaluatedOnce(t *testing.T) {
	r := runText(t, newWorld(), `
def test_x(lab):
    calls = []
    def f(x):
        calls.append(x)
        return x
    check(f(1) + f(2) < f(f(4)) and (f(5) or f(6)) and not f(0))
    lab.eventually(lambda: len(calls) == 0 or f(7), within = 1*s)
    if calls != [1, 2, 4, 4, 5, 0, 7]:
        fail(str(calls))
`)
	if r.Outcome != result.Passed {
		t.Error(textOf(r))
	}
}

func TestErrorsInsideAJudgedExpressionKeepTheirPlace(t *testing.T) {
	r := runText(t, newWorld(), "def test_x(lab):\n    xs = [1]\n    check(1 == 1 and\n          xs[len(xs)] == 5)\n")
	if r.Error == nil || r.Error.Pos != (trouble.Position{File: "x.star", Line: 4, Col: 13}) {
		t.Errorf("got %s, want an error at x.star:4:13", textOf(r))
	}
}

// Of changes of links only those are told that no later one has replaced whole.
func TestAFailureLeavesOutWhatALaterChangeOfTheLinkHasReplaced(t *testing.T) {
	r := runText(t, newWorld(), `def test_x(lab):
    a, b, c = lab.add("box", count = 3)
    for i in range(50):
        lab.link(a, b, latency = i*ms)
        lab.link(a, b, loss = 0.1, oneway = True)
    lab.link(a, [b, c], latency = 1*ms, loss = 0.2)
    lab.link(a, b, latency = 2*ms, oneway = True)
    lab.link(a, b, rate = 1*mbit).heal()
    lab.cut(a, c)
    check(False)
`)
	var lines []int
	for _, f := range r.Faults {
		lines = append(lines, f.Pos.Line)
	}
	if want := []int{6, 7, 9}; !slices.Equal(lines, want) {
		t.Errorf("faults of lines %v are told, want %v", lines, want)
	}
}
