package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/sip"
	"github.com/redis/go-redis/v9"
)

const maxMessage = 64 << 10

// telephoneSwitch holds the calls in progress.
type telephoneSwitch struct {
	exchange *exchange
	service  *service
	book     *book
	options  options
	upgrade  websocket.Upgrader

	ctx    context.Context // ends with the service
	cancel context.CancelCauseFunc
	calls  sync.WaitGroup
}

func newSwitch(bus redis.UniversalClient, o options) (*telephoneSwitch, error) {
	s := &telephoneSwitch{book: newBook(), options: o}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	var err error
	if s.exchange, err = newExchange(bus); err != nil {
		return nil, err
	}
	s.service, err = newService(s, bus)
	return s, err
}

func (s *telephoneSwitch) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("OK\n")) })
	mux.HandleFunc("GET /phone", s.servePhone)
	mux.HandleFunc("GET /callee", s.serveCallee)
	mux.HandleFunc("POST /script", func(w http.ResponseWriter, r *http.Request) {
		script, err := readScript(http.MaxBytesReader(w, r.Body, maxMessage))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.book.write(script)
	})
	mux.HandleFunc("DELETE /script", func(http.ResponseWriter, *http.Request) { s.book.clear() })
	mux.HandleFunc("GET /dialled", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.book.attempts())
	})
	return mux
}

func (s *telephoneSwitch) servePhone(w http.ResponseWriter, r *http.Request) {
	s.calls.Add(1)
	defer s.calls.Done()
	socket, err := s.upgrade.Upgrade(w, r, nil) // its default refuses other origins: no web page may ring
	if err != nil {
		return
	}
	socket.SetReadLimit(maxMessage)
	call := &inbound{newLine(s.ctx, newPhone(socket)), newCallID(), s}
	call.run()
}

// serveCallee holds a callee's connection until it has been called once, or gives up waiting.
func (s *telephoneSwitch) serveCallee(w http.ResponseWriter, r *http.Request) {
	s.calls.Add(1)
	defer s.calls.Done()
	socket, err := s.upgrade.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	socket.SetReadLimit(maxMessage)
	c := &callee{line: newLine(s.ctx, newPhone(socket)), number: r.URL.Query().Get("number")}
	defer c.close()
	if c.number == "" || !s.book.enter(c) {
		c.tell(event{Event: "rejected", Code: 403, Reason: "a callee needs ?number=, and each number has one callee"})
		return
	}
	defer s.book.leave(c)
	c.tell(event{Event: "registered", To: c.number})
	defer context.AfterFunc(s.ctx, func() {
		if c.take() { // one that is in a call hears the good-bye of that
			c.close()
		}
	})()
	c.obey()
}

// join signs the participant's own token, as livekit-sip does: the open-source server gives it none.
func (s *telephoneSwitch) join(ctx context.Context, p sip.SIPTokenParams, n *line) (*leg, error) {
	p.APIKey, p.APISecret = s.options.key, s.options.secret
	return joinRoom(ctx, s.options.livekit, p, n)
}

// hangUpAll ends every call with a BYE and waits a moment for the good-byes to be sent.
func (s *telephoneSwitch) hangUpAll() {
	s.cancel(errHungUp)
	ended := make(chan struct{})
	go func() { s.calls.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(3 * time.Second):
	}
}
