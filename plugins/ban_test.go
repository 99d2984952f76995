package plugins

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What a component may not use, because it would act outside the environment: on the wall clock, on real sockets, in an
// order that chance decides. In live it would escape the faults, in sim the determinism.
var bans = []struct {
	pkg, names string // a package, and a pattern of what is banned of it
	instead    string
}{
	{"time", `Now|Since|Until`, "env.Now"},
	{"time", `Sleep`, "env.Sleep"},
	{"time", `After|AfterFunc|Tick|NewTimer|NewTicker|Timer|Ticker`, "env.AfterFunc or Mailbox.PostAfter"},
	{"net", `(Dial|Listen|Lookup|Resolve|File).*|Resolver|DefaultResolver`, "env.Dial, env.Listen, env.ListenPacket"},
	{"net|io", `Pipe`, "a Mailbox: a pipe waits where the environment cannot see it"},
	{"net/http", `Server|Transport|Client|Get|Head|Post|PostForm|(Serve|ListenAndServe|Handle|Default|NewServe).*`,
		"sdk/http1"},
	{"net/http", `\(\*Request\)\.(Write|WriteProxy)`,
		"sdk/http1: for bodies of unknown length it starts a goroutine and a wall timer"},
	{"context", `With(Timeout|Deadline).*|AfterFunc`, "deadlines, and env.AfterFunc"},
	{"sync", `Cond|NewCond|WaitGroup|Pool|Map`, "sdk.Mailbox, sdk.Mutex or env.NewCond"},
	{"math/rand", `.*`, "env.Rand"},
	{"math/rand/v2", `[^R(].*`, "env.Rand"}, // the type Rand, with its methods, is what env.Rand returns
	{"crypto/rand", `.*`, "env.Rand"},
	{"hash/maphash", `.*`, "a hash without a random seed, such as xxhash"},
	{"os", `.*`, "env.Disk, env.Log, and the errors of package sdk"},
	{"os/.*|syscall|unsafe|runtime|runtime/.*", `.*`, "env"},
	{"reflect", `\(Value\)\.(MapRange|MapKeys|Send|Recv|TrySend|TryRecv)|Select|MakeChan`, "values without maps and channels"},
	{"iter", `Pull|Pull2`, "a loop over the sequence: its coroutine cannot wait in the environment"},
	{"encoding/gob", `.*`, "an encoding that orders maps, such as encoding/json"},
	{"google.golang.org/protobuf/.*", `.*`, "an encoding that orders maps, such as encoding/json"},
}

var banned = func() (compiled []struct{ pkg, names *regexp.Regexp }) {
	for _, b := range bans {
		compiled = append(compiled, struct{ pkg, names *regexp.Regexp }{
			regexp.MustCompile(`^(` + b.pkg + `)$`), regexp.MustCompile(`^(` + b.names + `)$`),
		})
	}
	return compiled
}()

// judge returns what is banned in a file, each with its place and what to use instead.
func judge(fset *token.FileSet, file *ast.File, info *types.Info) (found []string) {
	report := func(at token.Pos, what, instead string) {
		found = append(found, fmt.Sprintf("%s: %s: use %s", fset.Position(at), what, instead))
	}
	sorted := map[ast.Node]bool{} // calls of package maps whose result is sorted at once
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			report(n.Pos(), "a go statement", "env.Go")
		case *ast.SelectStmt:
			report(n.Pos(), "select", "a Mailbox to which all post")
		case *ast.ChanType:
			report(n.Pos(), "a channel", "a Mailbox")
		case *ast.SendStmt:
			report(n.Pos(), "a send", "Mailbox.Post")
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				report(n.Pos(), "a receive", "Mailbox.Recv")
			}
		case *ast.RangeStmt:
			switch under(info.TypeOf(n.X)).(type) {
			case *types.Map:
				report(n.Pos(), "a range over a map, whose order is random", "slices.Sorted(maps.Keys(m))")
			case *types.Chan:
				report(n.Pos(), "a receive", "Mailbox.Recv")
			}
		case *ast.CallExpr:
			callee := calleeOf(n, info)
			if callee != nil && len(n.Args) > 0 && path(callee) == "slices" && strings.HasPrefix(callee.Name(), "Sorted") {
				sorted[n.Args[0]] = true
			}
			if callee != nil && path(callee) == "maps" && !sorted[n] &&
				regexp.MustCompile(`^(Keys|Values|All)$`).MatchString(callee.Name()) {
				report(n.Pos(), "maps."+callee.Name()+", whose order is random", "slices.Sorted around it")
			}
		case *ast.Ident:
			if used := info.Uses[n]; used != nil {
				for i, b := range banned {
					if name := nameOf(used); name != "" && b.pkg.MatchString(path(used)) && b.names.MatchString(name) {
						report(n.Pos(), path(used)+"."+name, bans[i].instead)
					}
				}
			}
		}
		return true
	})
	return found
}

func under(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

func calleeOf(call *ast.CallExpr, info *types.Info) types.Object {
	if s, ok := call.Fun.(*ast.SelectorExpr); ok {
		return info.Uses[s.Sel]
	}
	return nil
}

func path(o types.Object) string {
	if o.Pkg() == nil {
		return ""
	}
	return o.Pkg().Path()
}

// nameOf is the name of what a package declares: Name, or (*Type).Name of a method; "" for fields and local names.
func nameOf(o types.Object) string {
	f, isFunc := o.(*types.Func)
	if isFunc && f.Signature().Recv() != nil {
		recv := types.TypeString(f.Signature().Recv().Type(), func(*types.Package) string { return "" })
		return "(" + recv + ")." + f.Name()
	}
	if _, isPackage := o.(*types.PkgName); isPackage || o.Parent() == nil || o.Pkg() == nil ||
		o.Parent() != o.Pkg().Scope() {
		return ""
	}
	return o.Name()
}

// exports finds the compiled packages that type checking needs: those that plugins import, and those of the bans.
func exports(t *testing.T) (packages map[string][]string, lookup importer.Lookup) {
	t.Helper()
	const format = `{{.ImportPath}}|{{.Export}}|{{.Dir}}|{{range .GoFiles}}{{.}} {{end}}`
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", format, "./...", "maps", "slices", "time", "net",
		"net/http",
		"context", "sync", "math/rand", "math/rand/v2", "crypto/rand", "hash/maphash", "os", "encoding/gob",
		"io", "runtime", "reflect", "iter", "google.golang.org/protobuf/proto").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := map[string]string{}
	packages = map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), "|")
		files[fields[0]] = fields[1]
		if strings.HasPrefix(fields[0], "github.com/netlab-dev/netlab/plugins") {
			for _, name := range strings.Fields(fields[3]) {
				packages[fields[0]] = append(packages[fields[0]], filepath.Join(fields[2], name))
			}
		}
	}
	return packages, func(path string) (io.ReadCloser, error) { return os.Open(files[path]) }
}

// check type-checks the files of one package and judges them.
func check(t *testing.T, fset *token.FileSet, imports types.Importer, name string, files []*ast.File) (found []string) {
	t.Helper()
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
	if _, err := (&types.Config{Importer: imports}).Check(name, fset, files, info); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, file := range files {
		found = append(found, judge(fset, file, info)...)
	}
	return found
}

func TestComponentsUseNothingButTheirEnvironment(t *testing.T) {
	fset := token.NewFileSet()
	packages, lookup := exports(t)
	if len(packages) < 5 {
		t.Fatalf("found only %d packages: go list has changed", len(packages))
	}
	imports := importer.ForCompiler(fset, "gc", lookup)
	for name, paths := range packages {
		var files []*ast.File
		for _, path := range paths {
			file, err := parser.ParseFile(fset, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		for _, problem := range check(t, fset, imports, name, files) {
			t.Error(problem)
		}
	}
}

func TestTheBansFindWhatTheyBan(t *testing.T) {
	fset := token.NewFileSet()
	_, lookup := exports(t)
	imports := importer.ForCompiler(fset, "gc", lookup)
	tests := []struct{ pkg, code, want string }{
		{"time", `_ = time.Now()`, "time.Now: use env.Now"},
		{"time", `_ = time.Sleep`, "time.Sleep: use env.Sleep"},
		{"time", `<-time.After(1)`, "time.After: use env.AfterFunc"},
		{"time", `var _ time.Timer`, "time.Timer: use"},
		{"net", `_, _ = net.DialTimeout("tcp", "", 0)`, "net.DialTimeout: use env.Dial"},
		{"net", `_ = net.ListenConfig{}`, "net.ListenConfig: use"},
		{"net/http", `_, _ = http.Get("")`, "net/http.Get: use sdk/http1"},
		{"net/http", `_ = http.DefaultClient`, "net/http.DefaultClient: use"},
		{"net/http", `_ = new(http.Request).Write(nil)`, "net/http.(*Request).Write: use sdk/http1"},
		{"context", `_, _ = context.WithTimeout(nil, 0)`, "context.WithTimeout: use"},
		{"sync", `var _ sync.WaitGroup`, "sync.WaitGroup: use sdk.Mailbox"},
		{"math/rand", `_ = rand.New(nil)`, "math/rand.New: use env.Rand"},
		{"math/rand/v2", `_ = rand.IntN(5)`, "math/rand/v2.IntN: use env.Rand"},
		{"crypto/rand", `_ = rand.Reader`, "crypto/rand.Reader: use env.Rand"},
		{"hash/maphash", `_ = maphash.MakeSeed()`, "hash/maphash.MakeSeed: use"},
		{"os", `_ = os.Args`, "os.Args: use"},
		{"encoding/gob", `_ = gob.NewEncoder(nil)`, "encoding/gob.NewEncoder: use"},
		{"maps", `for range maps.Keys(map[int]int{}) {}`, "maps.Keys, whose order is random: use slices.Sorted"},
		{"", `for range map[int]int{} {}`, "a range over a map, whose order is random: use slices.Sorted"},
		{"", `go func() {}()`, "a go statement: use env.Go"},
		{"", `select {}`, "select: use a Mailbox"},
		{"", `_ = make(chan int)`, "a channel: use a Mailbox"},
		{"time", `for range time.Tick(1) {}`, "a receive: use Mailbox.Recv"},
		{"context", `<-context.Background().Done()`, "a receive: use Mailbox.Recv"},
		{"reflect", `reflect.ValueOf(nil).MapRange()`, "reflect.(Value).MapRange: use values without maps"},
		{"iter", `iter.Pull[int](nil)`, "iter.Pull: use a loop"},
		{"net", `net.Pipe()`, "net.Pipe: use a Mailbox"},
		{"io", `io.Pipe()`, "io.Pipe: use a Mailbox"},
		{"runtime", `_ = runtime.NumGoroutine()`, "runtime.NumGoroutine: use env"},
		{"context", `_ = context.WithDeadline`, "context.WithDeadline: use"},
		{"context", `_ = context.AfterFunc`, "context.AfterFunc: use"},
		{"time", `_ = time.Since; _ = time.Until; _ = time.NewTicker`, "time.Until: use env.Now"},
		{"net", `_ = net.LookupHost`, "net.LookupHost: use"},
		{"net/http", `_ = http.Server{}`, "net/http.Server: use"},
		{"net/http", `_ = http.Transport{}`, "net/http.Transport: use"},
		{"sync", `var _ sync.Cond; var _ sync.Pool`, "sync.Pool: use"},
		{"google.golang.org/protobuf/proto", `_ = proto.Marshal`, "proto.Marshal: use an encoding that orders maps"},
		{"reflect", `_ = reflect.ValueOf(nil).Kind()`, ""},
		{"io", `_ = io.Copy; _ = io.EOF`, ""},
		{"time", `_ = 5 * time.Second; _ = time.Time{}.Add(1); _ = time.UnixMilli(0)`, ""},
		{"net", `var _ net.Conn; _ = net.ErrClosed; _ = net.JoinHostPort("", "")`, ""},
		{"net/http", `_ = http.Header{}; _, _ = http.ReadRequest(nil)`, ""},
		{"sync", `var _ sync.Mutex`, ""},
		{"math/rand/v2", `var r *rand.Rand; _ = r.IntN(5)`, ""},
		{"slices", `_ = slices.Sorted(slices.Values([]int{}))`, ""},
	}
	for i, test := range tests {
		source := "package p\n"
		if test.pkg != "" {
			source += fmt.Sprintf("import %q\n", test.pkg)
		}
		source += "func f() {\n" + test.code + "\n}\n"
		name := fmt.Sprintf("case%d.go", i)
		file, err := parser.ParseFile(fset, name, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		found := strings.Join(check(t, fset, imports, name, []*ast.File{file}), "\n")
		if test.want == "" && found != "" || !strings.Contains(found, test.want) {
			t.Errorf("%s: found %q, want %q", test.code, found, test.want)
		}
	}
}
