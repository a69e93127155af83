// Command egress is a double of LiveKit Egress for one machine: it speaks that service's internal RPC (psrpc over Redis)
// with a real livekit-server, so webhooks, lists and stops are the server's own work, and it leaves a real file of the
// room's real audio in a bucket. What it does not do is said in __init__.py beside it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	protoLogger "github.com/livekit/protocol/logger"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/redis/go-redis/v9"
)

type options struct {
	redis, livekit, key, secret, listen string

	storage, bucket, spool string
	mixdown                []string
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("egress", flag.ContinueOnError)
	flags.StringVar(&o.redis, "redis", "127.0.0.1:7379", "host:port of the Redis that livekit-server uses")
	flags.StringVar(&o.livekit, "livekit", "ws://127.0.0.1:7880", "WebSocket address of livekit-server")
	flags.StringVar(&o.key, "key", "", "livekit-server's API key")
	flags.StringVar(&o.secret, "secret", "", "livekit-server's API secret")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8083", "host:port of /health and /script; port 0 takes a free one")
	flags.StringVar(&o.storage, "storage", "http://127.0.0.1:4443", "address of Cloud Storage's JSON API")
	flags.StringVar(&o.bucket, "bucket", "", "the bucket that recordings are written to")
	flags.StringVar(&o.spool, "spool", "", "folder for what is being recorded; what an earlier start left there is thrown away")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.mixdown = flags.Args()
	switch {
	case o.key == "" || o.secret == "":
		return o, errors.New("egress needs -key and -secret: it signs its own room tokens, as livekit-egress does")
	case o.bucket == "" || o.spool == "":
		return o, errors.New("egress needs a -bucket and a -spool")
	case len(o.mixdown) == 0:
		return o, errors.New("egress needs the command that makes a file of packets: -- python -m local.stand_ins.egress.mixdown")
	}
	return o, nil
}

func main() {
	o, err := parse(os.Args[1:])
	if err == nil {
		err = run(o)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "egress:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	lksdk.SetLogger(protoLogger.GetDiscardLogger()) // its lines hold participant identities, which are callers' numbers

	bus := redis.NewClient(&redis.Options{Addr: o.redis})
	defer bus.Close()
	pinged, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := bus.Ping(pinged).Err(); err != nil {
		return fmt.Errorf("no Redis at %s: %w", o.redis, err)
	}
	if err := emptySpool(o.spool); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	served, err := newService(bus, o)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: served.book.routes(), ReadHeaderTimeout: 5 * time.Second}
	slog.Info("egress ready", "address", listener.Addr().String())

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	served.close()
	quick, cancelQuick := context.WithTimeout(context.Background(), time.Second)
	defer cancelQuick()
	return errors.Join(err, server.Shutdown(quick))
}
