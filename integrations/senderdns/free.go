package senderdns

import (
	"slices"
	"strings"
)

// reserved tells domains that nobody can have (RFC 2606, RFC 6761, RFC 6762).
func reserved(domain string) bool {
	top := domain[strings.LastIndexByte(domain, '.')+1:]
	return slices.Contains([]string{"example", "invalid", "localhost", "test", "local", "internal", "onion"}, top) ||
		slices.ContainsFunc([]string{"example.com", "example.net", "example.org"}, func(d string) bool { return domain == d || strings.HasSuffix(domain, "."+d) })
}

// freeMail tells domains at which anybody may have an address.
func freeMail(domain string) bool {
	name, suffix, _ := strings.Cut(domain, ".")
	country := len(suffix) == 2 || len(suffix) > 3 && suffix[len(suffix)-3] == '.' && strings.Count(suffix, ".") == 1 && len(suffix) <= 6 // fr, co.uk, com.br
	return slices.Contains(freeDomains, domain) || slices.Contains(freeNames, name) && (country || suffix == "com" || suffix == "net")
}

// freeNames are providers that have a domain in many countries.
var freeNames = []string{"gmail", "googlemail", "yahoo", "ymail", "rocketmail", "hotmail", "outlook", "live", "msn", "gmx", "yandex", "protonmail"}

var freeDomains = []string{
	"icloud.com", "me.com", "mac.com", "aol.com", "proton.me", "pm.me", "zoho.com", "fastmail.com", "hey.com", "mail.com", "tutanota.com", "tuta.com", "hushmail.com",
	"libero.it", "virgilio.it", "inwind.it", "iol.it", "tiscali.it", "alice.it", "tin.it", "tim.it", "email.it", "pec.it",
	"web.de", "t-online.de", "freenet.de", "posteo.de", "mailbox.org", "arcor.de", "aon.at", "chello.at", "bluewin.ch",
	"orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr", "neuf.fr", "telenet.be", "skynet.be", "ziggo.nl", "kpnmail.nl",
	"mail.ru", "bk.ru", "inbox.ru", "list.ru", "rambler.ru", "ukr.net", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "seznam.cz", "centrum.cz", "freemail.hu", "citromail.hu", "siol.net",
	"comcast.net", "verizon.net", "att.net", "sbcglobal.net", "btinternet.com", "sky.com", "virginmedia.com", "bigpond.com", "shaw.ca", "rogers.com",
	"uol.com.br", "bol.com.br", "terra.com.br", "qq.com", "163.com", "126.com", "sina.com", "naver.com", "daum.net", "rediffmail.com",
}
