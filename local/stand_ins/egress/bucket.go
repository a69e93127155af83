package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	uploadedWithin = 30 * time.Second // one try
	uploads        = 5
)

// bucket is Cloud Storage's JSON API, as far as it takes to leave an object there.
type bucket struct {
	address string
	client  *http.Client
}

func newBucket(storage, name string) *bucket {
	return &bucket{storage + "/upload/storage/v1/b/" + url.PathEscape(name) + "/o", &http.Client{Timeout: uploadedWithin}}
}

// write overwrites what is there, as the real one does. A bucket that cannot be reached, or errs, is asked again; one that
// says no is not.
func (b *bucket) write(name string, data []byte) error {
	var err error
	for try := range uploads {
		time.Sleep(time.Duration(try) * 500 * time.Millisecond)
		var again bool
		if again, err = b.try(name, data); !again {
			break
		}
	}
	return err
}

func (b *bucket) try(name string, data []byte) (again bool, err error) {
	query := url.Values{"uploadType": {"media"}, "name": {name}}
	answer, err := b.client.Post(b.address+"?"+query.Encode(), "audio/ogg", bytes.NewReader(data))
	if err != nil {
		return true, fmt.Errorf("failed to upload: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusOK {
		return answer.StatusCode >= 500, fmt.Errorf("failed to upload: %s", answer.Status)
	}
	return false, nil
}
