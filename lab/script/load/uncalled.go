package load

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/spell"
)

// misnamed is how the name of an experiment begins or ends when it is mistyped.
var misnamed = regexp.MustCompile(`^(([Tt]est|TEST)([A-Z0-9_]|$)|(t[tes]{2,5}|etst|t.st|tes.)(_|$))|_[Tt]ests?$`)

// doubtful is how a name begins that may be that of a helper as well.
var doubtful = regexp.MustCompile(`^[Tt]esting(_|$)`)

// refuseUncalled returns an error for what the file that is run defines and nobody uses, if it would mean something but for its
// name: an experiment, or the engine. It gives notice of functions whose checks nobody makes.
func (l *loading) refuseUncalled(tree *syntax.File) error {
	uses := map[string]int{}
	syntax.Walk(tree, func(n syntax.Node) bool {
		if id, ok := n.(*syntax.Ident); ok {
			uses[id.Name]++
		}
		return true
	})
	runs, unmade := false, []string(nil)
	for _, stmt := range tree.Stmts {
		switch stmt := stmt.(type) {
		case *syntax.AssignStmt:
			if id, ok := stmt.LHS.(*syntax.Ident); ok && uses[id.Name] == 1 && meansEngine(id.Name, stmt.RHS) {
				return &trouble.Error{Pos: PositionOf(id.NamePos), Text: id.Name + ` is set and never used (did you mean "engine"?)`}
			}
		case *syntax.DefStmt:
			name := stmt.Name.Name
			switch {
			case strings.HasPrefix(name, "test_"):
				runs = true
			case uses[name] > 1:
			case doubtful.MatchString(name) && takesLab(stmt):
				unmade = append(unmade, fmt.Sprintf("%s: %s does not run: the name of an experiment begins with test_", PositionOf(stmt.Name.NamePos), name))
			case misnamed.MatchString(name) && takesLab(stmt):
				return &trouble.Error{Pos: PositionOf(stmt.Name.NamePos), Text: name + " does not run: the name of an experiment begins with test_",
					Hint: "if it is no experiment, call it or rename it"}
			case checks(stmt):
				unmade = append(unmade, fmt.Sprintf("%s: %s is never called: its checks are not made", PositionOf(stmt.Name.NamePos), name))
			}
		}
	}
	if runs { // else it is there to be loaded by others
		for _, text := range unmade {
			l.notice(text)
		}
	}
	return nil
}

// meansEngine tells whether engin = "sim" stands there.
func meansEngine(name string, set syntax.Expr) bool {
	text, ok := set.(*syntax.Literal)
	if !ok || text.Token != syntax.STRING || name == "engine" || spell.Nearest(name, []string{"engine"}) == "" {
		return false
	}
	return strings.EqualFold(name[:1], "e") || slices.Contains(closed["engine"], text.Value.(string))
}

func takesLab(def *syntax.DefStmt) bool {
	if len(def.Params) == 0 {
		return false
	}
	first, ok := def.Params[0].(*syntax.Ident)
	return ok && first.Name == "lab"
}

// checks tells whether a check or an expect stands in a function.
func checks(def *syntax.DefStmt) (are bool) {
	syntax.Walk(def, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok {
			fn, _ := call.Fn.(*syntax.Ident)
			if fn != nil && (fn.Name == "check" || fn.Name == "expect") {
				b := bindingOf(fn)
				are = are || b != nil && b.Scope == resolve.Predeclared
			}
		}
		return !are
	})
	return are
}
