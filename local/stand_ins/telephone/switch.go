package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const maxMessage = 64 << 10

// telephoneSwitch holds the calls in progress.
type telephoneSwitch struct {
	exchange *exchange
	options  options
	upgrade  websocket.Upgrader

	ctx    context.Context // ends with the service
	cancel context.CancelFunc
	calls  sync.WaitGroup
}

func newSwitch(x *exchange, o options) *telephoneSwitch {
	s := &telephoneSwitch{exchange: x, options: o}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

func (s *telephoneSwitch) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("OK\n")) })
	mux.HandleFunc("GET /phone", s.serve)
	return mux
}

func (s *telephoneSwitch) serve(w http.ResponseWriter, r *http.Request) {
	s.calls.Add(1)
	defer s.calls.Done()
	socket, err := s.upgrade.Upgrade(w, r, nil) // its default refuses other origins: no web page may ring
	if err != nil {
		return
	}
	socket.SetReadLimit(maxMessage)
	call := &inbound{id: newCallID(), s: s, phone: newPhone(socket)}
	call.run(s.ctx)
}

// hangUpAll ends every call with a BYE and waits a moment for the good-byes to be sent.
func (s *telephoneSwitch) hangUpAll() {
	s.cancel()
	ended := make(chan struct{})
	go func() { s.calls.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(3 * time.Second):
	}
}
