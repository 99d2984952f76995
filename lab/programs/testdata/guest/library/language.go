package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"math/big"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"text/template"
	"time"

	"example.com/guest/told"
)

// epoch is an instant long ago.
var epoch = time.Unix(1, 0)

// language tells what the runtime and packages without a system do.
func language() {
	panics()
	goroutines()
	timers()
	contexts()
	process()
	packages()
	told.End()
}

// panics recovers from what the processor finds, and what the runtime does.
func panics() {
	var nothing *struct{ a [100]int }
	var m map[string]int
	var list []int
	var v any = "text"
	zero := len(list)
	closed := make(chan int)
	close(closed)
	for _, bad := range []struct {
		name string
		do   func()
	}{
		{"nil", func() { nothing.a[7]++ }}, {"divide", func() { zero = 1 / zero }}, {"index", func() { list[zero]++ }}, {"slice", func() { list = list[zero+2:] }},
		{"nil map", func() { m["x"] = 1 }}, {"type", func() { fmt.Print(v.(int)) }}, {"send", func() { closed <- 1 }}, {"close", func() { close(closed) }},
		{"make", func() { list = make([]int, zero-1) }}, {"nil function", func() { var f func(); f() }}, {"unlock", func() { panic(fmt.Sprint("of ", 1)) }},
		{"goexit", func() { runtime.Goexit() }}, {"negative shift", func() { zero = 1 << (zero - 1) }}, {"wait group", func() { new(sync.WaitGroup).Add(-1) }},
		{"min", func() { zero = math.MinInt / (zero - 1) }},
	} {
		done := make(chan string)
		go func() {
			defer func() { done <- fmt.Sprint(recover()) }()
			bad.do()
		}()
		tell("conf", "panic ", bad.name, ": ", <-done)
	}
	tell("conf", "deep ", deep(100_000))
	zero = 0
	tell("conf", "words ", strconv.IntSize, " ", math.MaxInt, " ", uint32(1<<31)<<zero, " ", int8(-128)/int8(zero-1), " ", -7%3, " ", -7/3, " ", math.Float64bits(math.Sqrt(2)))
}

func deep(n int) int {
	if n == 0 {
		return 0
	}
	var room [16]int
	room[n%16] = n
	return deep(n-1) + room[n%16] - n + 1
}

func goroutines() {
	before := runtime.NumGoroutine()
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	var woken, waits atomic.Int64
	var all sync.WaitGroup
	for range 100 {
		all.Add(1)
		go func() {
			defer all.Done()
			mu.Lock()
			defer mu.Unlock()
			waits.Add(1)
			cond.Wait()
			woken.Add(1)
		}()
	}
	for waits.Load() < 100 {
		runtime.Gosched()
	}
	count := runtime.NumGoroutine() - before
	mu.Lock()
	cond.Signal()
	cond.Broadcast()
	mu.Unlock()
	all.Wait()
	time.Sleep(10 * time.Millisecond)
	tell("conf", "goroutines ", count, " woken ", woken.Load(), " left ", runtime.NumGoroutine()-before)
	ring(1_000)
	var once sync.Once
	n := 0
	for range 3 {
		once.Do(func() { n++ })
	}
	var shared sync.Map
	shared.Store("a", 1)
	_, loaded := shared.LoadOrStore("a", 2)
	tell("conf", "once ", n, " ", loaded, " try ", mu.TryLock(), mu.TryLock())
	var rw sync.RWMutex
	rw.RLock()
	tell("conf", "readers ", rw.TryRLock(), " writer ", rw.TryLock())
	select {
	case <-make(chan int):
	default:
		tell("conf", "default")
	}
}

// ring passes a number around very many goroutines.
func ring(n int) {
	begin := make(chan int)
	from := begin
	for range n {
		in, out := from, make(chan int)
		go func() { out <- 1 + <-in }()
		from = out
	}
	begin <- 0
	tell("conf", "ring ", <-from)
}

func timers() {
	began := time.Now()
	ticker := time.NewTicker(5 * time.Millisecond)
	for range 5 {
		<-ticker.C
	}
	took := time.Since(began)
	ticker.Reset(20 * time.Millisecond)
	<-ticker.C
	ticker.Stop()
	tell("conf", "ticker early ", took < 25*time.Millisecond, " after a reset ", time.Since(began)-took < 19*time.Millisecond)
	timer := time.NewTimer(time.Hour)
	tell("conf", "timer ", timer.Stop(), timer.Stop(), timer.Reset(time.Millisecond), " ", (<-timer.C).IsZero(), timer.Stop())
	ran := make(chan int, 1)
	after := time.AfterFunc(time.Hour, func() { ran <- 1 })
	tell("conf", "after ", after.Reset(time.Millisecond), " ", <-ran, after.Stop())
	for _, d := range []time.Duration{0, -time.Hour} {
		began = time.Now()
		time.Sleep(d)
		<-time.After(d)
		tell("conf", "sleep ", d, " long ", time.Since(began) > time.Second)
	}
	select {
	case <-time.After(math.MaxInt64):
	case <-time.After(10 * time.Millisecond):
		tell("conf", "the longest wait is not over")
	}
	tell("conf", "zone ", time.Unix(0, 0).UTC(), " ", time.Unix(1<<33, 5).UTC().Format(time.RFC3339Nano), " month ", time.Date(2024, 2, 30, 25, 0, 0, 0, time.UTC))
}

func contexts() {
	type key struct{}
	parent, cancel := context.WithCancelCause(context.WithValue(context.Background(), key{}, "value"))
	child, stop := context.WithTimeout(parent, time.Hour)
	defer stop()
	told := make(chan error, 1)
	context.AfterFunc(child, func() { told <- context.Cause(child) })
	cancel(errors.New("for a reason"))
	tell("conf", "context ", <-told, " ", child.Err(), " ", child.Value(key{}))
	late, stop := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer stop()
	<-late.Done()
	tell("conf", "late ", late.Err(), " ", errors.Is(late.Err(), context.DeadlineExceeded), " ", context.Cause(context.WithoutCancel(late)))
	waiting, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	tell("conf", "no signal ", waiting.Err())
	stop()
	<-waiting.Done()
	tell("conf", "stopped ", waiting.Err())
}

// process tells what a program is given.
func process() {
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	var word string
	n, scanned := fmt.Scanln(&word)
	tell("conf", fmt.Sprintf("standard input %q ", line), kind(err), " scan ", n, " ", kind(scanned))
	os.Setenv("GIVEN", "a=b")
	value, ok := os.LookupEnv("GIVEN")
	os.Unsetenv("GIVEN")
	_, still := os.LookupEnv("GIVEN")
	tell("conf", "arguments ", len(os.Args), " ", os.Args[1:], " variable ", value, " ", ok, still, " ", os.ExpandEnv("<$NONE>"), " ", kind(os.Setenv("", "x")), kind(os.Setenv("a=b", "x")))
	info, ok := debug.ReadBuildInfo()
	tell("conf", "build ", ok, " ", info.Main.Path, " processors ", runtime.GOMAXPROCS(0) >= 1)
	log.SetFlags(0)
	log.SetPrefix("@lab conf ")
	log.SetOutput(os.Stdout)
	log.Print("from log\n")
	fmt.Print("@lab con")
	fmt.Print("f in pieces\n@lab conf and the next\n")
	_, err = os.Stdin.Write([]byte("x"))
	tell("conf", "write to standard input fails ", err != nil)
	w := bufio.NewWriterSize(os.Stdout, 16)
	fmt.Fprintf(w, "@lab conf %s\n", strings.Repeat("buffered", 10))
	w.Flush()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 200 {
		garbage := make([]byte, 1<<20)
		garbage[len(os.Args)] = 1
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	tell("conf", "collected ", after.NumGC > before.NumGC, " ", after.HeapAlloc < 64<<20)
	finalized := make(chan bool, 1)
	func() {
		object := new([100]int)
		runtime.SetFinalizer(object, func(*[100]int) { finalized <- true })
	}()
	runtime.GC()
	tell("conf", "finalized ", <-finalized)
}

func packages() {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, strings.Repeat("compress ", 10_000))
	z.Close()
	r, err := gzip.NewReader(&zipped)
	must(err)
	text, err := io.ReadAll(r)
	tell("conf", "gzip ", len(text), " ", kind(err))
	public, private, err := ed25519.GenerateKey(rand.Reader)
	tell("conf", "signature ", kind(err), " ", ed25519.Verify(public, []byte("m"), ed25519.Sign(private, []byte("m"))))
	type record struct {
		Name  string         `json:"name"`
		Times []float64      `json:"times,omitempty"`
		More  map[string]int `json:"more"`
	}
	told, err := json.Marshal(record{"é<\u2028", []float64{1e21, 0.1, -0}, map[string]int{"b": 2, "a": 1}})
	var back record
	tell("conf", string(told), " ", kind(err), " ", json.Unmarshal([]byte(`{"name": 1}`), &back), " ", json.Unmarshal([]byte(`{"name": "x"`), &back))
	var wire bytes.Buffer
	must(gob.NewEncoder(&wire).Encode(record{Name: "gob", More: map[string]int{"a": 1}}))
	must(gob.NewDecoder(&wire).Decode(&back))
	tell("conf", fmt.Sprintf("%+v %v %x %q %8.3f %e", back, []any{nil, 1.5, "x", [2]bool{true}}, "hex", "q\x00\xff", math.Pi, 1e100))
	tell("conf", regexp.MustCompile(`(\w+)@(\w+)`).ReplaceAllString("me@home you@work", "$2:$1"), " ", new(big.Int).Exp(big.NewInt(3), big.NewInt(200), nil))
	tell("conf", fmt.Sprint(math.Inf(1), math.NaN(), float32(0.1), 0.1+0.2, 1<<62), " ", math.FMA(0.1, 10, -1), " ", math.Exp(1), math.Log(10), math.Pow(2, 0.5), math.Sin(1e6), math.Mod(-7, 3))
	_, errFloat := strconv.ParseFloat("1e999", 64)
	_, errInt := strconv.ParseInt("9223372036854775808", 10, 64)
	tell("conf", errFloat, " ", errInt)
	var page strings.Builder
	must(template.Must(template.New("t").Parse("{{range $i, $e := .}}{{$i}}={{$e | printf \"%q\"}};{{end}}")).Execute(&page, []string{"a", "<b>"}))
	keys := slices.Sorted(func(yield func(string) bool) {
		for k := range map[string]int{"c": 1, "a": 2, "b": 3} {
			if !yield(k) {
				return
			}
		}
	})
	tell("conf", page.String(), " ", keys)
	pr, pw := io.Pipe()
	go func() {
		fmt.Fprint(pw, "through a pipe")
		pw.CloseWithError(io.ErrUnexpectedEOF)
	}()
	text, err = io.ReadAll(pr)
	tell("conf", string(text), " ", kind(err))
}
