// Command telephone is a double of LiveKit SIP for one machine: it speaks that service's internal RPC (psrpc over Redis)
// with a real livekit-server, so trunks, dispatch rules, the room, the agent's dispatch and the sip.* attributes are the
// server's own work. It behaves as livekit-sip 1.10.0 was seen to in real calls: it rings until somebody publishes audio,
// leaves the phone without any answer when no rule matches, and hangs up when the room goes. Dialling out, the participant
// is in the room before the answer, a refusal is the API's error with its SIP status, and max_call_duration holds only for
// a call whose answer was not waited for.
//
// What it is not: there is no SIP, no RTP towards the phone and no SRTP, no digest authentication (a trunk that asks for
// it is answered 407; an outbound trunk's is not asked for), no PIN prompt, no transcoding and no mixing, no ringback: a
// phone is a WebSocket client (local/caller) that carries Opus packets, one stream for each track it hears. Nobody is
// dialled but the clients at /callee and the numbers told by POST /script, whatever the trunk's address is. A transferred
// call is not put through: it ends when the target has answered. For tests and laptops, on loopback.
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
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("telephone", flag.ContinueOnError)
	flags.StringVar(&o.redis, "redis", "127.0.0.1:7379", "host:port of the Redis that livekit-server uses")
	flags.StringVar(&o.livekit, "livekit", "ws://127.0.0.1:7880", "WebSocket address of livekit-server")
	flags.StringVar(&o.key, "key", "", "livekit-server's API key")
	flags.StringVar(&o.secret, "secret", "", "livekit-server's API secret")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:7990", "host:port where phones connect; port 0 takes a free one")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.key == "" || o.secret == "" {
		return o, errors.New("telephone needs -key and -secret: it signs its own room tokens, as livekit-sip does")
	}
	return o, nil
}

func main() {
	o, err := parse(os.Args[1:])
	if err == nil {
		err = run(o)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "telephone:", err)
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
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	desk, err := newSwitch(bus, o)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: desk.routes(), ReadHeaderTimeout: 5 * time.Second}
	slog.Info("telephone ready", "address", listener.Addr().String())

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	desk.hangUpAll() // BYE to every phone; Shutdown below does not know of upgraded connections
	quick, cancelQuick := context.WithTimeout(context.Background(), time.Second)
	defer cancelQuick()
	return errors.Join(err, server.Shutdown(quick))
}
