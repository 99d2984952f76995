// Redis is a server in the manner of redis (miniredis), or a client of it (go-redis), as their documentation shows them.
package main

import (
	"context"
	"log"
	"os"
	"strconv"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/netlab-dev/netlab/plugins/example/programs/control"
)

func main() {
	if os.Args[1] == "server" {
		log.Fatal(serve(":" + os.Getenv("PORT")))
	}
	retries, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(use(redis.NewClient(&redis.Options{Addr: os.Args[1], MaxRetries: retries})))
}

func serve(address string) error {
	if err := miniredis.NewMiniRedis().StartAddr(address); err != nil {
		return err
	}
	select {}
}

type number struct {
	N int64 `json:"n"`
}

// use lets a script increment a number, and read it.
func use(c *redis.Client) error {
	ctx := context.Background()
	return control.Serve(map[string]control.Answer{
		"incr": func(map[string]any) (any, error) {
			n, err := c.Incr(ctx, "n").Result()
			return number{n}, err
		},
		"get": func(map[string]any) (any, error) {
			n, err := c.Get(ctx, "n").Int64()
			return number{n}, err
		},
	})
}
