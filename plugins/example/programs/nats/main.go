// Nats is a client of NATS JetStream: it makes a stream, publishes messages, and says what the stream holds.
package main

import (
	"errors"
	"log"
	"os"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/netlab-dev/netlab/plugins/example/programs/control"
)

const stream = "ORDERS"

func main() {
	log.Fatal(use("nats://" + os.Args[1]))
}

// state says how many messages the stream holds, and the number of the last one.
type state struct {
	Messages uint64 `json:"messages"`
	Last     uint64 `json:"last"`
}

func use(server string) error {
	conn, err := nats.Connect(server, nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))
	if err != nil {
		return err
	}
	js, err := conn.JetStream(nats.MaxWait(2 * time.Second))
	if err != nil {
		return err
	}
	return control.Serve(map[string]control.Answer{
		"create": func(map[string]any) (any, error) {
			_, err := js.AddStream(&nats.StreamConfig{Name: stream, Subjects: []string{"orders.>"}, Storage: nats.FileStorage})
			return state{}, err
		},
		"publish": func(args map[string]any) (any, error) {
			text, _ := args["text"].(string)
			acknowledged, err := js.Publish("orders.new", []byte(text))
			if err != nil {
				return nil, err
			}
			return state{Last: acknowledged.Sequence}, nil
		},
		"state": func(map[string]any) (any, error) {
			info, err := js.StreamInfo(stream)
			if errors.Is(err, nats.ErrStreamNotFound) {
				return state{}, nil
			}
			if err != nil {
				return nil, err
			}
			return state{info.State.Msgs, info.State.LastSeq}, nil
		},
	})
}
