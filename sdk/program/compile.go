package program

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/spell"
)

const (
	maxModule = 256 << 20 // bytes of a module
	maxMemory = 1 << 30   // bytes that a program may take; what asks for more is told that there is none
	pageSize  = 64 << 10
)

// ChecksVariable makes programs check in each loop whether they are to end. They take up to 14 times as long, and one that
// computes without end no longer keeps its process from telling so.
const ChecksVariable = "LAB_PROGRAM_CHECKS"

// InterpreterVariable makes wazero interpret programs, as it does where it knows no machine code: some 8 times as slowly.
const InterpreterVariable = "LAB_PROGRAM_INTERPRETER"

// module is a program that can be started any number of times, in any number of runs.
type module struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	image    *image // of its memory, which takes the place of its data; may be nil
}

// loaded are the modules of this process, by path, size and time of change.
var loaded struct {
	sync.Mutex
	modules map[string]*loading
}

type loading struct {
	once   sync.Once
	module *module
	err    error
}

// load compiles the module in a file, or takes what this process has compiled of it.
func load(path string) (*module, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	key := fmt.Sprintf("%s %d %d", path, info.Size(), info.ModTime().UnixNano())
	loaded.Lock()
	if loaded.modules == nil {
		loaded.modules = map[string]*loading{}
	}
	l := loaded.modules[key]
	if l == nil {
		l = &loading{}
		loaded.modules[key] = l
	}
	loaded.Unlock()
	_, checks := os.LookupEnv(ChecksVariable)
	l.once.Do(func() { l.module, l.err = compile(path, info, checks) })
	return l.module, l.err
}

// Compile compiles the module in a file into the user's cache, unless it is there, so that a process which runs it later
// need not; with checks for one that has ChecksVariable. The error says what is wrong with the module.
func Compile(path string, checks bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return unreadable(path, err)
	}
	code, err := readModule(path, info)
	if err != nil {
		return err
	}
	if dir := cached(code); dir != "" {
		if _, err := os.Stat(filepath.Join(dir, wholeName(checks))); err == nil {
			return nil
		}
	}
	m, err := compile(path, info, checks)
	if err != nil {
		return err
	}
	return m.close()
}

func unreadable(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s", path)
	}
	return err
}

func readModule(path string, info fs.FileInfo) ([]byte, error) {
	switch {
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory, want a WebAssembly module", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file (%v)", path, info.Mode().Type())
	case info.Size() > maxModule:
		return nil, fmt.Errorf("%s has %d bytes, want at most %d", path, info.Size(), maxModule)
	}
	code, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(string(code), "\x00asm") {
		return nil, sdk.Misuse("lab build makes one of a Go program; lab doc programs tells of other languages",
			fmt.Errorf("%s is no WebAssembly module", path))
	}
	return code, nil
}

// compile reads, compiles and checks a module.
func compile(path string, info fs.FileInfo, checks bool) (*module, error) {
	code, err := readModule(path, info)
	if err != nil {
		return nil, err
	}
	ctx := experimental.WithCompilationWorkers(context.Background(), 2)
	config := wazero.NewRuntimeConfig()
	if _, interpreted := os.LookupEnv(InterpreterVariable); interpreted {
		config = wazero.NewRuntimeConfigInterpreter()
	}
	config = config.WithCloseOnContextDone(checks).WithMemoryLimitPages(maxMemory / pageSize).WithDebugInfoEnabled(false)
	dir := cached(code)
	if dir != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(dir); err == nil {
			config = config.WithCompilationCache(cache)
		}
	}
	m := &module{runtime: wazero.NewRuntimeWithConfig(ctx, config)}
	m.image, code = newImage(code)
	if err := m.make(ctx, path, code); err != nil {
		_ = m.close()
		return nil, err
	}
	finished(dir, checks)
	return m, nil
}

// make compiles and checks the module, and gives it what it imports.
func (m *module) make(ctx context.Context, path string, code []byte) (err error) {
	if m.compiled, err = m.runtime.CompileModule(ctx, code); err != nil {
		return fmt.Errorf("%s does not compile: %w", path, err)
	}
	if err := m.check(path); err != nil {
		return err
	}
	for name, functions := range hostModules {
		if err := instantiate(ctx, m.runtime, name, functions); err != nil {
			return err
		}
	}
	return nil
}

// close gives back the module's machine code and its image.
func (m *module) close() error {
	err := m.runtime.Close(context.Background())
	if m.image != nil {
		err = errors.Join(err, m.image.file.Close())
	}
	return err
}

const wasiModule = "wasi_snapshot_preview1"

// hostModules are what a module can import.
var hostModules = map[string][]function{wasiModule: append(wasi, wasiFiles...), "lab": sockets}

// check says what the module wants that a node does not have.
func (m *module) check(path string) error {
	if m.compiled.ExportedFunctions()["_start"] == nil {
		return sdk.Misuse("build a command, not a library: lab doc programs",
			fmt.Errorf("%s has no function _start: it is no program", path))
	}
	for _, f := range m.compiled.ImportedFunctions() {
		from, name, _ := f.Import()
		if err := importable(f, from, name); err != nil {
			return fmt.Errorf("%s imports %w", path, err)
		}
	}
	return nil
}

func importable(f api.FunctionDefinition, from, name string) error {
	functions, ok := hostModules[from]
	if !ok {
		return sdk.Misuse("lab doc programs tells what a module can import",
			fmt.Errorf("%s.%s, want functions of %s and lab only", from, name, wasiModule))
	}
	if from == wasiModule && name == "proc_exit" {
		return nil
	}
	var known []string
	for _, have := range functions {
		if known = append(known, have.name); have.name == name {
			return have.fits(f)
		}
	}
	msg, hint := spell.Unknown("function", name, known)
	return sdk.Misuse(hint, fmt.Errorf("from %s: %s", from, msg))
}

// fits tells whether the module declares the function as it is.
func (f function) fits(want api.FunctionDefinition) error {
	declared := ""
	for _, t := range want.ParamTypes() {
		switch t {
		case api.ValueTypeI32:
			declared += "i"
		case api.ValueTypeI64:
			declared += "I"
		default:
			declared += "?"
		}
	}
	results := want.ResultTypes()
	if declared != f.signature || len(results) != 1 || results[0] != api.ValueTypeI32 {
		return fmt.Errorf("%s with other parameters than it has: got %q, want %q (i: 32 bits, I: 64) and a result of 32 bits",
			f.name, declared, f.signature)
	}
	return nil
}

// digest names a module by its content.
func digest(code []byte) string {
	sum := sha256.Sum256(code)
	return hex.EncodeToString(sum[:16])
}
