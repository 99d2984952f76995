package lab

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/plugins"
	"github.com/netlab-dev/netlab/sdk/serve"
	"github.com/netlab-dev/netlab/sdk/value"
)

var (
	update = flag.Bool("update", false, "write testdata/net.txt anew, all of its seeds")
	seeds  = flag.Uint64("seeds", 1, "how many of its seeds to run")
	traces = flag.String("traces", "", "a folder for the whole trace of every run of TestScriptsDoWhatTheyDid, as text")
)

// netSeeds is how many seeds of each shipped experiment testdata/net.txt holds, counted from 1.
const netSeeds = 20

// TestScriptsDoWhatTheyDid holds every shipped script to what it did when testdata/net.txt was written: the digests of
// its seeds, and the whole trace and all replies as text. A change of structure leaves both as they are. What changes on
// purpose is recorded with -update; -traces FOLDER writes the texts, to see what has changed. All of it: -seeds 20.
func TestScriptsDoWhatTheyDid(t *testing.T) {
	b, files := shipped(t)
	if *update {
		*seeds = netSeeds
	}
	var got []string
	for _, f := range files {
		if f.script.Doc == "" {
			t.Errorf("%s: does not say what it shows", f.path)
		}
		for _, e := range f.experiments {
			for seed := range *seeds {
				digest, text := traced(t, b, f, e, seed+1)
				got = append(got, fmt.Sprintf("%s::%s %d digest %016x trace %016x",
					filepath.Base(f.path), e.ID, seed+1, digest, xxhash.Sum64String(text)))
			}
		}
	}
	if diff := cmp.Diff(recorded(t, got), got); diff != "" {
		t.Errorf("what scripts do has changed (-was +is):\n%s", diff)
	}
}

// shipped are all scripts that the lab comes with, loaded for sim.
func shipped(t *testing.T) (*session, []*file) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs every script")
	}
	paths, err := filepath.Glob("../scripts/*.star")
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := serve.Manifest(plugins.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	b, ready, err := newSession(t.Context(), manifest, Options{Targets: paths, Engine: "sim"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.close)
	files, err := b.loadAll(t.Context())
	ready()
	if err != nil {
		t.Fatal(err)
	}
	return b, files
}

// Packets, causes, lanes and series are recorded for pictures. The run is the same without them.
func TestRecordingChangesNothingOfWhatScriptsDo(t *testing.T) {
	if testing.Short() {
		t.Skip("every script twice")
	}
	t.Parallel() // beside TestTheNetworkIsTheSameInBothEngines, which mostly waits
	b, files := shipped(t)
	if *seeds < netSeeds {
		files = files[:7] // Raft, the balancer and echoes among them; all with -seeds 20
	}
	for _, f := range files {
		for _, e := range f.experiments[:1] {
			plain, seen := b.once(t.Context(), f, e, 1, false), b.once(t.Context(), f, e, 1, true)
			if p := parting(plain, seen); p != nil || plain.Digest != seen.Digest || plain.Steps != seen.Steps {
				t.Errorf("%s: digests %x and %x, steps %d and %d, parting %+v", e.ID, plain.Digest, seen.Digest, plain.Steps, seen.Steps, p)
			}
		}
	}
}

// recorded returns the lines of testdata/net.txt about the first seeds, after writing them if that was asked for.
func recorded(t *testing.T, got []string) (lines []string) {
	t.Helper()
	const golden = "testdata/net.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(strings.Join(got, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if uint64(i%netSeeds) < *seeds {
			lines = append(lines, line)
		}
	}
	return lines
}

// traced runs one seed and returns its digest, and what happened as text.
func traced(t *testing.T, b *session, f *file, e *load.Experiment, seed uint64) (uint64, string) {
	t.Helper()
	s := f.current.Load()
	eng, err := b.engine(f, s, engine.Options{Seed: seed, Full: true, Messages: true})
	if err != nil {
		t.Fatal(err)
	}
	r := &tracer{Engine: eng}
	v := script.Run(t.Context(), e, r, script.RunOptions{Engine: f.engine, Seed: seed, Kinds: s.kinds})
	if v.Outcome != result.Passed {
		t.Errorf("%s", result.Text{}.Run(&v.Run))
	}
	if *traces != "" {
		name := fmt.Sprintf("%s.%s.%d.txt", filepath.Base(f.path), e.ID, seed)
		if err := os.WriteFile(filepath.Join(*traces, name), []byte(r.text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return v.Summary.Digest, r.text.String()
}

// tracer writes down what an engine tells.
type tracer struct {
	engine.Engine
	text   strings.Builder
	closed bool
}

func (r *tracer) Run(until time.Duration, wake engine.Wake) (engine.Progress, error) {
	p, err := r.Engine.Run(until, wake)
	for _, reply := range p.Replies {
		fmt.Fprintf(&r.text, "%d reply %d %s %s %q\n", reply.At, reply.Call, reply.Status, canonical(reply.Value), reply.Error)
	}
	return p, err
}

func (r *tracer) Close() (engine.Summary, error) {
	if !r.closed {
		r.closed = true
		r.write(r.Engine.Events(trace.Filter{All: true}))
		messages, err := r.Engine.Messages(trace.Filter{All: true})
		r.write(messages)
		if err != nil {
			fmt.Fprintln(&r.text, "messages:", err)
		}
	}
	return r.Engine.Close()
}

func (r *tracer) write(events []value.Event) {
	for _, e := range events {
		if e.Class == value.ClassLoss {
			continue // told since the traces were recorded
		}
		fmt.Fprintf(&r.text, "%d %s %d %d %s %s\n", e.At, e.Node, e.Seq, e.Class, e.Name, canonical(e.Fields))
	}
}

// canonical is a value as text, by its contents and not by how its Go type prints or is called.
func canonical(v any) string {
	var b strings.Builder
	writeCanonical(&b, reflect.ValueOf(v))
	return b.String()
}

func writeCanonical(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Invalid:
		b.WriteString("none")
	case reflect.Interface, reflect.Pointer:
		writeCanonical(b, v.Elem())
	case reflect.Struct:
		b.WriteByte('{')
		for i := range v.NumField() {
			writeCanonical(b, v.Field(i))
			b.WriteByte(' ')
		}
		b.WriteByte('}')
	case reflect.Slice, reflect.Array:
		b.WriteByte('[')
		for i := range v.Len() {
			writeCanonical(b, v.Index(i))
			b.WriteByte(' ')
		}
		b.WriteByte(']')
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	case reflect.Bool:
		fmt.Fprint(b, v.Bool())
	case reflect.Float32, reflect.Float64:
		fmt.Fprint(b, v.Float(), "f")
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		fmt.Fprint(b, v.Uint())
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int:
		fmt.Fprint(b, v.Int())
	default:
		panic("no canonical text for a " + v.Type().String())
	}
}
