package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// minKey is the shortest secret key that is taken.
const minKey = 16

// SecretKeys encrypt the stored credentials of the shops: the first encrypts,
// the others still decrypt what they once encrypted.
type SecretKeys []string

// UnmarshalText reads keys between commas.
func (k *SecretKeys) UnmarshalText(text []byte) error {
	var keys SecretKeys
	for key := range strings.SplitSeq(string(text), ",") {
		if key = strings.TrimSpace(key); len(key) < minKey {
			return hidden("each key between the commas needs 16 characters or more")
		}
		keys = append(keys, key)
	}
	*k = keys
	return nil
}

// String tells how many keys there are, not which.
func (k SecretKeys) String() string {
	switch len(k) {
	case 0:
		return "key file"
	case 1:
		return "1 key"
	}
	return strconv.Itoa(len(k)) + " keys"
}

// GoString and LogValue hide what String hides.
func (k SecretKeys) GoString() string     { return k.String() }
func (k SecretKeys) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Keys are the secret keys in force: those that are set, or the one in the file
// secret.key in the data folder, which the first start writes. Whoever loses
// that file must connect every shop again, so it belongs in the backup.
func (c Config) Keys() ([]string, error) {
	if len(c.SecretKeys) > 0 {
		return c.SecretKeys, nil
	}
	path := filepath.Join(c.DataDir, "secret.key")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := writeKey(path); err != nil {
			return nil, fmt.Errorf("the key file could not be written; set GRAZIE_SECRET_KEY or mend GRAZIE_DATA_DIR: %w", err)
		}
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("the key file could not be read; set GRAZIE_SECRET_KEY or mend GRAZIE_DATA_DIR: %w", err)
	}
	key := strings.TrimSpace(string(text))
	if len(key) < minKey {
		return nil, fmt.Errorf("the key file %s is damaged: it holds %d characters and needs %d; restore it from the backup", path, len(key), minKey)
	}
	return []string{key}, nil
}

// writeKey writes a new key that only the owner can read. A whole file appears
// or none, and of two processes that start together the first one's stays.
func writeKey(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	defer draft.Close()
	random := make([]byte, 32)
	rand.Read(random)
	if _, err := draft.WriteString(base64.StdEncoding.EncodeToString(random) + "\n"); err != nil {
		return err
	}
	if err := draft.Sync(); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
