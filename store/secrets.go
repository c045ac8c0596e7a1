package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
)

// errWrongKey says that none of the configured keys opens a sealed value.
var errWrongKey = errors.New("sealed with another GRAZIE_SECRET_KEY")

// keyring seals and opens secrets with AES-256-GCM. The first key seals, all
// of them open: to change the key, put the new one in front.
type keyring []cipher.AEAD

func newKeyring(secrets []string) (keyring, error) {
	var k keyring
	for _, secret := range secrets {
		key, err := derived(secret, keyPurpose, 32)
		if err != nil {
			return nil, err
		}
		if k, err = k.with(key); err != nil {
			return nil, err
		}
	}
	if len(k) == 0 {
		return nil, errors.New("no secret key given")
	}
	return k, nil
}

// keyPurpose tells the key that seals apart from all else that is derived of a secret.
const keyPurpose = "grazie secrets"

func derived(secret, purpose string, length int) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(secret), nil, purpose, length)
}

// with is the keyring with one more key at its end.
func (k keyring) with(key []byte) (keyring, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return append(k[:len(k):len(k)], aead), nil
}

// seal encrypts a secret for the place named by purpose; it opens only there,
// so that a sealed value copied to another row is refused.
func (k keyring) seal(plain []byte, purpose string) []byte {
	return k[0].Seal(nil, nil, plain, []byte(purpose))
}

func (k keyring) open(sealed []byte, purpose string) ([]byte, error) {
	for _, aead := range k {
		if plain, err := aead.Open(nil, nil, sealed, []byte(purpose)); err == nil {
			return plain, nil
		}
	}
	return nil, errWrongKey
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails, crypto/rand
	return b
}
