// Grpc is a server with the health service of grpc-go, or a client of it.
package main

import (
	"context"
	"log"
	"net"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	pb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/netlab-dev/netlab/plugins/example/programs/control"
)

// patience is how long the client waits for an answer.
const patience = 2 * time.Second

func main() {
	if os.Args[1] == "server" {
		log.Fatal(serve(":" + os.Getenv("PORT")))
	}
	log.Fatal(ask(os.Args[1]))
}

func serve(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	s := grpc.NewServer()
	pb.RegisterHealthServer(s, health.NewServer())
	return s.Serve(listener)
}

type checked struct {
	Status string `json:"status"`
}

// ask lets a script ask the server how it is. An error begins with the code of gRPC.
func ask(server string) error {
	conn, err := grpc.NewClient(server, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	client := pb.NewHealthClient(conn)
	return control.Serve(map[string]control.Answer{
		"check": func(map[string]any) (any, error) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			answer, err := client.Check(ctx, &pb.HealthCheckRequest{})
			return checked{answer.GetStatus().String()}, err
		},
	})
}
