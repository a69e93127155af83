package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// script is how the next recordings fail:
//
//	{"behaviour": "aborts", "room": "call_", "times": 1, "after_ms": 2000}
//
// It holds for rooms whose names begin with `room` ("" is all), `times` times (0: until scripts are cleared). The oldest
// that fits is taken.
type script struct {
	Behaviour string `json:"behaviour"`
	Room      string `json:"room"`
	Times     int    `json:"times"`
	AfterMs   int    `json:"after_ms"` // aborts, fails, dies: since it was active; late: of waiting before the upload
}

const (
	neverStarts = "never-starts" // accepted, and never active
	refuses     = "refuses"      // resource_exhausted, at once
	silent      = "silent"       // nobody bids, as with every egress over capacity: `unavailable` after 21 s
	aborts      = "aborts"       // EGRESS_ABORTED in the middle, nothing uploaded
	fails       = "fails"        // EGRESS_FAILED in the middle, nothing uploaded
	dies        = "dies"         // without a word: it stays EGRESS_ACTIVE for ever, and in the room for 20 s
	late        = "late"         // whole and well, but EGRESS_ENDING for so long first
	nothing     = "nothing"      // EGRESS_COMPLETE, and no object
	truncated   = "truncated"    // EGRESS_COMPLETE, and a third of the object
)

var behaviours = map[string]bool{
	neverStarts: false, refuses: false, silent: false, nothing: false, truncated: false, // false: after_ms is not theirs
	aborts: true, fails: true, dies: true, late: true,
}

func (s script) after() time.Duration { return time.Duration(s.AfterMs) * time.Millisecond }

// readScript is strict: a misspelt key would be a test that proves something else.
func readScript(body io.Reader) (script, error) {
	var s script
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return s, fmt.Errorf("a script is one JSON object: %w", err)
	}
	timed, known := behaviours[s.Behaviour]
	switch {
	case !known:
		return s, fmt.Errorf("%q is no behaviour", s.Behaviour)
	case s.Times < 0 || s.AfterMs < 0:
		return s, fmt.Errorf("times and after_ms are not negative")
	case s.AfterMs > 0 && !timed:
		return s, fmt.Errorf("%s has no after_ms", s.Behaviour)
	}
	return s, nil
}

// book holds the scripts that still stand.
type book struct {
	mu      sync.Mutex
	scripts []script
	decided map[string]script // by egress id: a request is asked for its affinity first, and may be sent again
}

func newBook() *book { return &book{decided: map[string]script{}} }

// decide is how this request goes: the same answer each time it is asked. The zero script is none: all goes well.
func (b *book) decide(egressID, room string) script {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s, known := b.decided[egressID]; known {
		return s
	}
	var found script
	for i, s := range b.scripts {
		if !strings.HasPrefix(room, s.Room) {
			continue
		}
		found = s
		if s.Times == 1 {
			b.scripts = append(b.scripts[:i], b.scripts[i+1:]...)
		} else if s.Times > 1 {
			b.scripts[i].Times--
		}
		break
	}
	if len(b.decided) > 10_000 { // long settled
		clear(b.decided)
	}
	b.decided[egressID] = found
	return found
}

func (b *book) write(s script) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.scripts = append(b.scripts, s)
}

func (b *book) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.scripts = nil
}

func (b *book) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("OK\n")) })
	mux.HandleFunc("POST /script", func(w http.ResponseWriter, r *http.Request) {
		s, err := readScript(http.MaxBytesReader(w, r.Body, 64<<10))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		b.write(s)
	})
	mux.HandleFunc("DELETE /script", func(http.ResponseWriter, *http.Request) { b.clear() })
	return mux
}
