package handlers

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	_ "image/jpeg" // a photograph of a signature
	"image/png"
	"io"
	"net/http"

	"grazie/crm"
)

// Bounds of a picture of a signature. The dimensions are read before the picture
// is: one of few bytes may unfold to gigabytes.
const (
	signatureBytes  = 512 << 10
	signaturePixels = 4_000_000
	signatureWide   = 900 // as it is kept: more than a printer shows on a card
	signatureHigh   = 400
)

func (v *seat) showSignature() error {
	stored, _, err := v.Store.Signature(v.ctx(), v.shop.ID)
	if err != nil {
		return err
	}
	v.protect()
	v.Response().Header().Set("Cache-Control", "private, max-age=300")
	return v.Blob(http.StatusOK, "image/png", stored)
}

func (v *seat) saveSignature() error {
	fresh, err := v.readSignature()
	if err != nil {
		p, again := v.packing()
		if again != nil {
			return again
		}
		return v.again("packing", p, err)
	}
	if err := v.Store.SaveSignature(v.ctx(), v.shop.ID, fresh); err != nil {
		return err
	}
	return v.done(v.path("packing"), "packing.said.signed")
}

func (v *seat) removeSignature() error {
	if err := v.Store.SaveSignature(v.ctx(), v.shop.ID, nil); err != nil {
		return err
	}
	return v.done(v.path("packing"), "packing.said.unsigned")
}

// readSignature is the picture that was sent, drawn anew: what else was in the
// file, such as where it was taken, is not kept.
func (v *seat) readSignature() ([]byte, error) {
	wrong := func(key string) error { return &crm.Invalid{Field: "signature", Message: v.say(key)} }
	header, err := v.FormFile("signature")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) || err == nil && header.Size == 0 {
		return nil, wrong("packing.sign.none")
	} else if err != nil {
		return nil, err
	}
	if header.Size > signatureBytes {
		return nil, wrong("packing.sign.large")
	}
	file, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	sent, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	config, kind, err := image.DecodeConfig(bytes.NewReader(sent))
	if err != nil || kind != "png" && kind != "jpeg" {
		return nil, wrong("packing.sign.kind")
	}
	if config.Width < 1 || config.Height < 1 || config.Width > signaturePixels/config.Height {
		return nil, wrong("packing.sign.pixels")
	}
	img, _, err := image.Decode(bytes.NewReader(sent))
	if err != nil {
		return nil, wrong("packing.sign.kind")
	}
	var b bytes.Buffer
	err = png.Encode(&b, smaller(img))
	return b.Bytes(), err
}

// smaller is a picture that fits the bounds: each of its points is the mean of
// those that it stands for.
func smaller(img image.Image) image.Image {
	from := img.Bounds()
	w, h := from.Dx(), from.Dy()
	if w > signatureWide {
		w, h = signatureWide, max(1, h*signatureWide/w)
	}
	if h > signatureHigh {
		w, h = max(1, w*signatureHigh/h), signatureHigh
	}
	to := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			to.Set(x, y, mean(img, image.Rect(from.Min.X+x*from.Dx()/w, from.Min.Y+y*from.Dy()/h, from.Min.X+(x+1)*from.Dx()/w, from.Min.Y+(y+1)*from.Dy()/h)))
		}
	}
	return to
}

func mean(img image.Image, of image.Rectangle) color.Color {
	var r, g, b, a, n uint64
	for y := of.Min.Y; y < max(of.Max.Y, of.Min.Y+1); y++ {
		for x := of.Min.X; x < max(of.Max.X, of.Min.X+1); x++ {
			cr, cg, cb, ca := img.At(x, y).RGBA()
			r, g, b, a, n = r+uint64(cr), g+uint64(cg), b+uint64(cb), a+uint64(ca), n+1
		}
	}
	return color.RGBA64{uint16(r / n), uint16(g / n), uint16(b / n), uint16(a / n)}
}
