package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestOIDC(t *testing.T) {
	c, err := Load(map[string]string{"GRAZIE_OIDC_ISSUER": "https://login.example.com/realms/a", "GRAZIE_OIDC_CLIENT_ID": "grazie", "GRAZIE_OIDC_CLIENT_SECRET": "hunter2"})
	if err != nil || c.OIDCIssuer != "https://login.example.com/realms/a" || string(c.OIDCSecret) != "hunter2" || c.OIDCName == "" {
		t.Errorf("%v %v", c, err)
	}
	if shown := fmt.Sprintf("%v %+v %#v %s", c, c, c, c.OIDCSecret); strings.Contains(shown, "hunter2") {
		t.Errorf("the secret is shown: %s", shown)
	}
	for wrong, environ := range map[string]map[string]string{
		"GRAZIE_OIDC_ISSUER: ":                     {"GRAZIE_OIDC_CLIENT_ID": "grazie"},
		"GRAZIE_OIDC_CLIENT_ID: ":                  {"GRAZIE_OIDC_ISSUER": "https://login.example.com"},
		`GRAZIE_OIDC_ISSUER="http://login.ex`:      {"GRAZIE_OIDC_ISSUER": "http://login.example.com", "GRAZIE_OIDC_CLIENT_ID": "grazie"},
		"GRAZIE_OIDC_ISSUER: write the provider's": {"GRAZIE_OIDC_ISSUER": "https://me:hunter2@login.example.com", "GRAZIE_OIDC_CLIENT_ID": "grazie"},
	} {
		if _, err := Load(environ); err == nil || !strings.HasPrefix(err.Error(), wrong) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: %v", environ, err)
		}
	}
}
