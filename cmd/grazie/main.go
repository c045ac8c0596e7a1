// Command grazie turns what happens in an online store into the right gesture
// towards the customer.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/lmittmann/tint"

	"grazie/config"
	"grazie/crm"
)

type cli struct {
	Demo    demoCmd    `cmd:"" help:"See it work: a simulated shop, the whole way, mails to read. Needs nothing."`
	Serve   serveCmd   `cmd:"" help:"Run the service: web and workers."`
	Migrate migrateCmd `cmd:"" help:"Bring the database up to date (serve does so by itself)."`
	Doctor  doctorCmd  `cmd:"" help:"Check configuration, database, queue, mailer, clock and public address."`

	Shop     shopCmd     `cmd:"" help:"Connect a shop; list, show and set shops."`
	Shopify  shopifyCmd  `cmd:"" help:"The app that merchants install on Shopify."`
	Journey  journeyCmd  `cmd:"" help:"Show and change what a shop's gestures do."`
	Template templateCmd `cmd:"" help:"Show, check and change the mails of a shop."`
	Webhook  webhookCmd  `cmd:"" help:"Look at webhooks that came in; process them again."`
	Message  messageCmd  `cmd:"" help:"Look at mails, planned and sent; settle unknown ones."`
	Customer customerCmd `cmd:"" help:"A customer, and why she got what she got."`
	Job      jobCmd      `cmd:"" help:"Run a gesture by hand."`
	Bulk     bulkCmd     `cmd:"" help:"Run a gesture by hand for many: count, start, pause, result."`
	Rule     ruleCmd     `cmd:"" help:"What holds for all gestures: quiet hours, caps, budgets."`
	Code     codeCmd     `cmd:"" help:"Discount codes: what was made, used, and what it cost."`
	Return   returnCmd   `cmd:"" help:"Returns and their labels."`
	Review   reviewCmd   `cmd:"" help:"What customers said on the review page."`
	Task     taskCmd     `cmd:"" help:"What staff should do."`

	Suppression suppressionCmd `cmd:"" help:"Addresses that must not be written to."`
	Brake       brakeCmd       `cmd:"" help:"What stopped marketing by itself."`

	Privacy privacyCmd `cmd:"" help:"Requests about personal data: to see it, to erase it."`

	Staff  staffCmd  `cmd:"" help:"Who works with the console: add, invite, list, remove, reset."`
	Token  tokenCmd  `cmd:"" help:"Tokens for the API: who may ask for what."`
	Audit  auditCmd  `cmd:"" help:"Who did what, when and why."`
	Secret secretCmd `cmd:"" help:"The key that seals what is secret in the database."`

	Simulate simulateCmd `cmd:"" help:"Let a year pass in a minute, in a simulated shop."`

	Bench   benchCmd   `cmd:"" help:"Measure this machine: its own server, load on loopback."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// globals are what every command is given.
type globals struct {
	cfg config.Config
	log *slog.Logger
	out io.Writer
	err io.Writer // for what does not belong into a pipe
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	forgetEmpty()
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// exit is an error that has been told already and only sets the status.
type exit struct{ code int }

func (e exit) Error() string { return fmt.Sprintf("exit %d", e.code) }

func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	var c cli
	ended := -1
	parser, err := kong.New(&c,
		kong.Name("grazie"),
		kong.Description("The right gesture towards the customer, once, at the right time, with a reason that staff can read.\n\n"+
			"Settings come from the environment; \"grazie doctor\" tells what is set and whether it works. "+
			"Start with \"grazie demo\"."),
		kong.UsageOnError(), kong.Writers(stdout, stderr), kong.Exit(func(code int) { ended = code }),
		everyFlagFromEnv(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "grazie:", err)
		return 1
	}
	kctx, err := parser.Parse(args)
	if ended >= 0 {
		return ended // --help has printed
	}
	if err != nil {
		fmt.Fprintf(stderr, "grazie: %v\nTry \"grazie --help\".\n", err)
		return 2
	}
	vars := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		vars[name] = value
	}
	g := &globals{out: stdout, err: stderr}
	switch name, _, _ := strings.Cut(kctx.Command(), " "); name {
	case "version":
	case "demo": // runs on settings of its own, whatever else is set
		vars = map[string]string{"GRAZIE_LOG": vars["GRAZIE_LOG"], "GRAZIE_LOG_LEVEL": vars["GRAZIE_LOG_LEVEL"]}
		fallthrough
	default:
		if g.cfg, err = config.Load(vars); err != nil {
			fmt.Fprintf(stderr, "grazie: the configuration cannot be used:\n%v\n", err)
			return 2
		}
	}
	g.log = newLog(g.cfg, stderr)
	kctx.BindTo(acting(ctx, kctx, vars), (*context.Context)(nil))
	err = kctx.Run(g)
	var told exit
	var typed *crm.Invalid
	switch {
	case errors.As(err, &told):
		return told.code
	case errors.As(err, &typed):
		fmt.Fprintln(stderr, "grazie:", err)
		return 2
	case err != nil:
		fmt.Fprintln(stderr, "grazie:", err)
		return 1
	}
	return 0
}

// newLog writes for people on a terminal and JSON elsewhere.
func newLog(cfg config.Config, w io.Writer) *slog.Logger {
	f, ok := w.(*os.File)
	if cfg.Log.Text(ok && isTerminal(f)) {
		return slog.New(tint.NewTextHandler(w, &tint.Options{Level: cfg.LogLevel, TimeFormat: time.TimeOnly}))
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: cfg.LogLevel}))
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

type versionCmd struct{}

func (versionCmd) Run(g *globals) error {
	_, err := fmt.Fprintln(g.out, "grazie", version())
	return err
}

// version is the module's version, or the commit that was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 && (v == "" || v == "(devel)") {
			v = "devel-" + s.Value[:12]
		}
	}
	return v
}
