package load

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/star"
)

// Options are what a load needs from its surroundings. The zero value reads files and knows no plugins.
type Options struct {
	// Plugin answers plugin(path) at top level. The path is joined to the folder of the file it stands in.
	Plugin func(path string) (*manifest.Manifest, error)
	// Modules are the files of plugins that are known before any plugin is declared.
	Modules []*manifest.Module
	// Installed looks for a plugin that a load names and no plugin() has: nil where there is none.
	Installed func(name string) (*manifest.Manifest, error)
	// Notice is told what a script should not do and has not failed by; nil: nobody is.
	Notice func(text string)
	// Read returns a file's bytes; nil means ReadFile.
	Read func(path string) ([]byte, error)
	// Steps bounds what the top level of all files may execute together; 0 means MaxLoadSteps.
	Steps uint64
	// Limit bounds the load in real time.
	Limit Limit
}

// MaxLoadSteps is the default bound on the top level: a few seconds of work.
const MaxLoadSteps = star.MaxLoadSteps

// File is an experiment file, compiled and frozen with all it loads. It is safe for concurrent use.
type File struct {
	Path   string // as it was given
	Doc    string // the text at its top
	Engine string // "sim" or "live" when the file says so, else ""

	main      *module
	enginePos trouble.Position
	modules   []*module // in the order of their loading, main last
	Sites     Sites
	kinds     []*manifest.Kind // declared by plugin()
	plugins   map[string]string
	tests     []*test
}

// module is one source file.
type module struct {
	path, source string
	origin       *star.Origin // what its functions take along
	globals      starlark.StringDict
	err          error // while it is being loaded: errLoading
	matrices     []matrix
}

var errLoading = errors.New("is still being loaded: files load each other in a circle")

// Load compiles the file at path and everything it loads. Errors are of type *Error, with position and hint, or the
// cause of the context's end.
func Load(ctx context.Context, file string, o Options) (*File, error) {
	if o.Read == nil {
		o.Read = ReadFile
	}
	if o.Steps == 0 {
		o.Steps = MaxLoadSteps
	}
	l := &loading{
		ctx: ctx, options: o, file: &File{Path: file, plugins: map[string]string{}}, known: map[string]*module{},
		modules: map[string]string{}, installed: map[string]bool{},
	}
	if err := l.addModules(o.Modules); err != nil {
		return nil, &trouble.Error{Text: err.Error()}
	}
	defer Stoppers.Watch(&l.Stopper)()
	defer context.AfterFunc(ctx, bug.Guarded(func() { l.Stop(context.Cause(ctx)) }))()
	l.Saw([]trouble.Frame{{Name: "<toplevel>", Pos: trouble.Position{File: file}}})
	l.watch = func() { l.unwatch = o.Limit.Watch(&l.Stopper, "loading "+file) }
	l.watch()
	defer func() { l.unwatch() }()
	m, err := l.load(filepath.ToSlash(filepath.Clean(file)))
	if err == nil {
		l.file.main = m
		err = l.file.discover()
	}
	if cause := l.Stopped(); cause != nil {
		return nil, Placed(cause, Stack(err))
	}
	if err != nil {
		return nil, Explain(err, l.source)
	}
	return l.file, nil
}

// Messages tells whether the file, or one that it loads, looks at messages anywhere: only then are they recorded.
func (f *File) Messages() bool { return f.Sites.messages }

// Kinds returns the kinds of the plugins that the file and those it loads have declared.
func (f *File) Kinds() []*manifest.Kind { return f.kinds }

// loading is the state of one Load.
type loading struct {
	Stopper
	ctx     context.Context
	options Options
	file    *File
	known   map[string]*module
	modules map[string]string // the texts of files that plugins have brought along, by their names for loads
	steps   uint64

	installed map[string]bool // plugins that were looked for among those that are installed

	watch, unwatch func() // over the time that the load takes
}

func (l *loading) source(file string) string {
	if m := l.known[file]; m != nil {
		return m.source
	}
	return ""
}

// load returns the module with that path, executing it when it is new.
func (l *loading) load(name string) (*module, error) {
	if m, ok := l.known[name]; ok {
		return m, m.err
	}
	text, err := l.read(name)
	if err != nil {
		return nil, err
	}
	m := &module{path: name, source: string(text), err: errLoading}
	l.known[name] = m
	m.err = l.exec(m)
	if m.err == nil {
		l.file.modules = append(l.file.modules, m)
	}
	return m, m.err
}

func (l *loading) read(name string) ([]byte, error) {
	var text []byte
	var err error
	if strings.HasPrefix(name, "@") {
		return l.brought(name)
	}
	if text, err = l.options.Read(name); err != nil {
		return nil, unreadable(name, err)
	}
	return Text(name, text)
}

func (l *loading) exec(m *module) error {
	tree, err := resolved(m)
	if err != nil {
		return err
	}
	if len(l.known) == 1 { // the file itself comes first
		l.file.Doc, l.file.enginePos = docOf(tree.Stmts), enginePos(tree)
		if err := l.refuseUncalled(tree); err != nil {
			return err
		}
	}
	names := maps.Clone(predeclared)
	if err := l.loadMovedWords(tree, names); err != nil {
		return err
	}
	// The origin holds the source as it was written, while what runs here has been rewritten for check.
	m.origin = star.NewOrigin(tree, m.source, knownWords)
	names[star.OriginName] = m.origin
	l.file.Sites.rewrite(tree, m.source)
	star.Guard(tree)
	program, err := starlark.FileProgram(tree, predeclared.Has)
	if err != nil {
		return err
	}
	if err := l.runTopLevel(m, program, names); err != nil {
		return err
	}
	return freeze(m.globals, tree)
}

// resolved parses a module. The tree will be rewritten and resolved once more: what is rewritten depends on what the names
// mean.
func resolved(m *module) (*syntax.File, error) {
	tree, err := star.Dialect.Parse(m.path, m.source, 0)
	if err != nil {
		return nil, err
	}
	if err := resolve.File(tree, predeclared.Has, starlark.Universe.Has); err != nil {
		return nil, err
	}
	if err := refuseIdle(tree); err != nil {
		return nil, err
	}
	return tree, refuseRebinding(tree)
}

// runTopLevel executes what a module has outside of functions, within the steps that are left for the whole load.
func (l *loading) runTopLevel(m *module, program *starlark.Program, names starlark.StringDict) (err error) {
	thread := &starlark.Thread{Name: m.path, Load: l.loadStatement, Print: func(*starlark.Thread, string) {}}
	thread.SetLocal(LocalKey, &toplevel{loading: l, module: m})
	star.OnSteps(thread, l.options.Steps-min(l.steps, l.options.Steps-1), func(t *starlark.Thread, err error) {
		if err != nil {
			l.Stop(ErrorAt(t, err.Error(), ""))
			return
		}
		l.Stop(ErrorAt(t, fmt.Sprintf("the top level takes more than %d steps", l.options.Steps),
			"work belongs into experiments; is there an endless loop?"))
	})
	defer l.Enter(thread)()
	m.globals, err = star.Init(program, thread, names)
	l.steps += thread.ExecutionSteps()
	return err
}

// freeze freezes the globals of a file. The error says where the file binds the one that cannot be frozen.
func freeze(globals starlark.StringDict, tree *syntax.File) error {
	name, err := star.Freeze(globals)
	if err == nil {
		return nil
	}
	placed := &trouble.Error{Pos: bindingPos(tree, name), Text: err.Error()}
	var hinted *star.Error
	if errors.As(err, &hinted) {
		placed.Hint = hinted.Hint
	}
	return placed
}

// bindingPos is where a file binds a global for the first time. The tree must be resolved.
func bindingPos(tree *syntax.File, name string) trouble.Position {
	for _, binding := range tree.Module.(*resolve.Module).Globals {
		if binding.First.Name == name {
			return PositionOf(binding.First.NamePos)
		}
	}
	return trouble.Position{File: tree.Path}
}

// loadStatement executes load(name, ...) of the file that the thread runs.
func (l *loading) loadStatement(thread *starlark.Thread, name string) (starlark.StringDict, error) {
	target := name
	if !strings.HasPrefix(name, "@") {
		from := thread.Local(LocalKey).(*toplevel).module.path
		switch {
		case path.IsAbs(name):
			return nil, errors.New("a load is relative to the file it stands in")
		case !strings.HasSuffix(name, ".star"):
			return nil, fmt.Errorf("the name of a script ends in .star")
		case strings.HasPrefix(from, "@") && !fs.ValidPath(name):
			return nil, errors.New("a file of a plugin loads those beside it, and those of plugins: @NAME/FILE")
		default:
			target = path.Join(path.Dir(from), name)
		}
	}
	target = l.moved(target, PositionOf(thread.CallFrame(0).Pos))
	m, err := l.load(target)
	if missing := (*trouble.Error)(nil); m == nil && l.modules["@"+name] != "" && errors.As(err, &missing) {
		missing.Hint = fmt.Sprintf("did you mean %q?", "@"+name)
	}
	if err != nil {
		return nil, err
	}
	thread.Local(LocalKey).(*toplevel).module.origin.Load(name, m.origin)
	return m.globals, nil
}

// enginePos is where a file says what engine it wants.
func enginePos(tree *syntax.File) trouble.Position {
	for _, stmt := range tree.Stmts {
		if assign, ok := stmt.(*syntax.AssignStmt); ok {
			if id, ok := assign.LHS.(*syntax.Ident); ok && id.Name == "engine" {
				return PositionOf(id.NamePos)
			}
		}
	}
	return trouble.Position{File: tree.Path}
}

// docOf is the text that a file or a function starts with.
func docOf(body []syntax.Stmt) string {
	if len(body) > 0 {
		if stmt, ok := body[0].(*syntax.ExprStmt); ok {
			if text, ok := stmt.X.(*syntax.Literal); ok && text.Token == syntax.STRING {
				return strings.TrimSpace(text.Value.(string))
			}
		}
	}
	return ""
}

// Source is the text of a file that was loaded, "" of any other.
func (f *File) Source(path string) string {
	for _, m := range f.modules {
		if m.path == path {
			return m.source
		}
	}
	return ""
}

// Line is the line of a source at that place, without the space around it.
func (f *File) Line(at trouble.Position) string {
	return strings.TrimSpace(lineOf(f.Source(at.File), at.Line))
}
