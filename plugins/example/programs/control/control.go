// Package control answers what a script asks a program by node.call: lines of JSON on descriptor 4.
package control

import (
	"encoding/json"
	"fmt"
	"os"
)

// Answer answers one question. The keys of args are what the script has written.
type Answer func(args map[string]any) (any, error)

// Serve answers questions by the functions of their names, each in a goroutine of its own, until the descriptor ends.
func Serve(answers map[string]Answer) error {
	file := os.NewFile(4, "control")
	questions := json.NewDecoder(file)
	for {
		var q struct {
			ID   int            `json:"id"`
			Name string         `json:"name"`
			Args map[string]any `json:"args"`
		}
		if err := questions.Decode(&q); err != nil {
			return err
		}
		go func() {
			reply := struct {
				ID     int    `json:"id"`
				Result any    `json:"result,omitempty"`
				Error  string `json:"error,omitempty"`
			}{ID: q.ID}
			var err error
			if answer := answers[q.Name]; answer == nil {
				err = fmt.Errorf("nothing answers %q", q.Name)
			} else {
				reply.Result, err = answer(q.Args)
			}
			if err != nil {
				reply.Error = err.Error()
			}
			json.NewEncoder(file).Encode(reply)
		}()
	}
}
