package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/rpc"
	"net/url"
	"strings"
	"time"

	"example.com/guest/told"
)

// web tells what net/http, TLS and net/rpc do over the node's own sockets.
func web() {
	log.SetOutput(io.Discard) // of handlers that panic
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		fmt.Fprint(w, r.Method, " ", len(b), " ", err, " ", r.Host != "", " ", r.ContentLength)
	})
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("in a handler") })
	mux.HandleFunc("/parts", func(w http.ResponseWriter, r *http.Request) {
		for n := range 3 {
			fmt.Fprintln(w, "part", n)
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	})
	gone := make(chan error, 1)
	mux.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		gone <- r.Context().Err()
	})
	mux.HandleFunc("/raw", func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		must(err)
		defer conn.Close()
		rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: raw\r\nConnection: Upgrade\r\n\r\n")
		rw.Flush()
		line, _ := rw.ReadString('\n')
		fmt.Fprint(conn, strings.ToUpper(line))
	})
	mux.Handle("/moved", http.RedirectHandler("/echo", http.StatusFound))
	mux.HandleFunc("/cut", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "short")
	})
	server := httptest.NewServer(mux)
	requests(server.URL, gone)
	rawHTTP(server.Listener.Addr().String())
	back, err := url.Parse(server.URL)
	must(err)
	proxy := httptest.NewServer(httputil.NewSingleHostReverseProxy(back))
	tell("conf", "through a proxy: ", fetch(http.Post(proxy.URL+"/echo", "text/plain", strings.NewReader("hello"))))
	proxy.Close()
	server.Close()
	_, err = http.Get(server.URL)
	tell("conf", "closed server: ", kind(err))
	shutdownHTTP(mux)
	secure(mux)
	slowly()
	calls()
	told.End()
}

func fetch(r *http.Response, err error) string {
	if err != nil {
		return "error " + kind(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return fmt.Sprint(r.StatusCode, " ", r.Proto, " ", r.ContentLength, " ", r.TransferEncoding, fmt.Sprintf(" %.100q ", b), kind(err))
}

func requests(at string, gone chan error) {
	tell("conf", "get: ", fetch(http.Get(at+"/echo")))
	tell("conf", "post: ", fetch(http.Post(at+"/echo", "text/plain", bytes.NewReader(make([]byte, 300_000)))))
	tell("conf", "unknown length: ", fetch(http.Post(at+"/echo", "text/plain", io.MultiReader(strings.NewReader("abc")))))
	tell("conf", "too large: ", fetch(http.Post(at+"/echo", "text/plain", bytes.NewReader(make([]byte, 2<<20)))))
	tell("conf", "moved: ", fetch(http.Get(at+"/moved")), " none: ", fetch(http.Get(at+"/none")), " head: ", fetch(http.Head(at+"/echo")))
	tell("conf", "panic: ", fetch(http.Get(at+"/panic")), " cut: ", fetch(http.Get(at+"/cut")), " parts: ", fetch(http.Get(at+"/parts")))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", at+"/wait", nil)
	must(err)
	_, err = http.DefaultClient.Do(request)
	tell("conf", "given up: ", errors.Is(err, context.DeadlineExceeded), " server: ", <-gone)
	_, err = (&http.Client{Timeout: 20 * time.Millisecond}).Get(at + "/wait")
	var timeout net.Error
	tell("conf", "timeout: ", errors.As(err, &timeout) && timeout.Timeout(), " server: ", <-gone)
	request, err = http.NewRequest("POST", at+"/echo", strings.NewReader("body"))
	must(err)
	request.Header.Set("Expect", "100-continue")
	tell("conf", "expect: ", fetch(http.DefaultClient.Do(request)))
	got := make(chan string, 50)
	for range 50 {
		go func() { got <- fetch(http.Get(at + "/echo")) }()
	}
	same := 0
	for range 50 {
		if <-got == fetch(http.Get(at+"/echo")) {
			same++
		}
	}
	tell("conf", "at the same time: ", same)
}

// rawHTTP speaks HTTP by hand.
func rawHTTP(addr string) {
	ask := func(text string) string {
		conn, err := net.Dial("tcp", addr)
		must(err)
		defer conn.Close()
		io.WriteString(conn, text)
		conn.(*net.TCPConn).CloseWrite()
		b, err := io.ReadAll(conn)
		head, _, _ := bytes.Cut(b, []byte("\r\n"))
		return fmt.Sprint(string(head), " ", bytes.Count(b, []byte("HTTP/1.1 ")), " ", kind(err))
	}
	tell("conf", "no request: ", ask("nonsense\r\n\r\n"), " too many lines: ", ask("GET /none HTTP/1.1\r\n"+strings.Repeat("A: b\r\n", 300_000)+"\r\n"))
	tell("conf", "two in one: ", ask(strings.Repeat("GET /none HTTP/1.1\r\nHost: x\r\n\r\n", 2)), " no host: ", ask("GET / HTTP/1.1\r\n\r\n"), " old: ", ask("GET /none HTTP/1.0\r\n\r\n"))
	conn, err := net.Dial("tcp", addr)
	must(err)
	io.WriteString(conn, "GET /raw HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n")
	r := bufio.NewReader(conn)
	answer, err := http.ReadResponse(r, nil)
	must(err)
	io.WriteString(conn, "upgraded\n")
	rest, err := io.ReadAll(r)
	tell("conf", "upgrade: ", answer.StatusCode, fmt.Sprintf(" %q ", rest), kind(err))
}

// shutdownHTTP ends a server in order while a request is answered.
func shutdownHTTP(mux http.Handler) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	server := &http.Server{Handler: mux}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	answer, err := http.Get("http://" + listener.Addr().String() + "/parts")
	must(err)
	ended := make(chan error, 1)
	go func() { ended <- server.Shutdown(context.Background()) }()
	tell("conf", "shutdown: ", <-served, " ", fetch(answer, nil), " ", <-ended)
}

// secure is HTTP/2 and 1 over TLS, with certificates that are trusted and that are not.
func secure(mux http.Handler) {
	server := httptest.NewUnstartedServer(mux)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	_, err := http.Get(server.URL)
	var unknown *tls.CertificateVerificationError
	tell("conf", "no trust: ", errors.As(err, &unknown))
	client := server.Client()
	tell("conf", "http2: ", fetch(client.Post(server.URL+"/echo", "text/plain", strings.NewReader("hello"))), " parts: ", fetch(client.Get(server.URL+"/parts")))
	plain, err := net.Dial("tcp", server.Listener.Addr().String())
	must(err)
	io.WriteString(plain, "GET / HTTP/1.0\r\n\r\n")
	b, err := io.ReadAll(plain)
	tell("conf", "no TLS: ", fmt.Sprintf("%.20q ", b), kind(err))
}

// slowly is about the time limits of a server.
func slowly() {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ReadHeaderTimeout, server.Config.IdleTimeout = 20*time.Millisecond, 20*time.Millisecond
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	must(err)
	io.WriteString(conn, "GET / HTTP/1.1\r\n")
	b, err := io.ReadAll(conn)
	tell("conf", "slow header: ", fmt.Sprintf("%.12q ", b), kind(err))
	conn, err = net.Dial("tcp", server.Listener.Addr().String())
	must(err)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	b, err = io.ReadAll(conn)
	tell("conf", "idle: ", fmt.Sprintf("%.12q ", b), kind(err))
}

// Adder is a service of net/rpc.
type Adder struct{}

// Add adds.
func (Adder) Add(args [2]int, sum *int) error {
	if *sum = args[0] + args[1]; *sum < 0 {
		return errors.New("below 0")
	}
	return nil
}

func calls() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	server := rpc.NewServer()
	must(server.Register(Adder{}))
	go server.Accept(listener)
	client, err := rpc.Dial("tcp", listener.Addr().String())
	must(err)
	sum := 0
	err = client.Call("Adder.Add", [2]int{1, 2}, &sum)
	tell("conf", "call: ", sum, " ", err, " ", client.Call("Adder.Add", [2]int{-1, 0}, &sum), " ", client.Call("Adder.None", 1, &sum))
	tell("conf", "close: ", client.Close(), " ", client.Call("Adder.Add", [2]int{1, 2}, &sum), " ", client.Close())
}
