package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// output is standard output. Printing does not fail; whether all of it was written is asked at the end.
type output struct {
	file *os.File
	gone func() // called when the reader has closed it, as head does

	mu    sync.Mutex
	first error
}

func (o *output) Write(text []byte) (int, error) {
	n, err := o.file.Write(text)
	if errors.Is(err, syscall.EPIPE) {
		o.gone()
	}
	if err != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.first == nil {
			o.first = err
		}
	}
	return n, err
}

// Fd tells whether it is a terminal.
func (o *output) Fd() uintptr { return o.file.Fd() }

// trouble is what kept something from being written.
func (o *output) trouble() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.first == nil:
		return nil
	case errors.Is(o.first, syscall.EPIPE):
		return errReported{exitInterrupted}
	}
	return &trouble.Error{Class: trouble.Host, Text: fmt.Sprintf("writing the output: %v", o.first), Err: o.first}
}
