package shopify

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/Khan/genqlient/graphql"

	"grazie/integrations"
	"grazie/integrations/shopify/admin"
)

var _ integrations.Subscriber = (*Platform)(nil)

// subscriptionTopic is a topic as the API writes it: ORDERS_CREATE.
func subscriptionTopic(topic string) admin.WebhookSubscriptionTopic {
	return admin.WebhookSubscriptionTopic(strings.ToUpper(strings.ReplaceAll(topic, "/", "_")))
}

// Subscribe makes all topics come to address. A subscription of ours that went
// elsewhere below the same host, or told less, is corrected; those of other
// programs stay. Topics that the token may not read are left out. What the shop
// refuses does not keep it from the others: the error names it.
func (p *Platform) Subscribe(ctx context.Context, c integrations.Connection, address string) (mended []string, err error) {
	shop, err := p.on(c)
	if err != nil {
		return nil, err
	}
	to, err := url.Parse(address)
	if err != nil || to.Scheme != "https" || to.Host == "" {
		return nil, fail(integrations.Rejected, "webhooks need a public https address")
	}
	ours := to.Scheme + "://" + to.Host + "/webhooks/"
	have, err := subscriptions(ctx, shop, ours)
	if err != nil {
		return nil, err
	}
	granted, err := scopesOf(ctx, shop)
	if err != nil {
		return nil, err
	}
	var refused []string
	for _, topic := range Topics() {
		if scope := topicScope(topic); scope != "" && !Covers(granted, scope) { // Check tells what lacks
			continue
		}
		terms := admin.WebhookSubscriptionInput{Uri: &address, Format: pointer(admin.WebhookSubscriptionFormatJson),
			Filter: pointer(""), IncludeFields: []string{}, MetafieldNamespaces: []string{}}
		if strings.HasPrefix(topic, "customers/") {
			terms.MetafieldNamespaces = []string{birthNamespace}
		}
		of := have[subscriptionTopic(topic)]
		if slices.ContainsFunc(of, func(s admin.Subscription) bool { return tells(s, terms) }) {
			continue
		}
		wrong, err := mend(ctx, shop, topic, of, terms)
		switch {
		case err != nil:
			return mended, err
		case wrong != "":
			refused = append(refused, topic+" ("+wrong+")")
		default:
			mended = append(mended, topic)
		}
	}
	if len(refused) > 0 {
		return mended, fail(integrations.Rejected, "the shop refuses webhooks: "+strings.Join(refused, ", "))
	}
	return mended, nil
}

// subscriptions are ours, by topic: those whose address begins like ours do.
func subscriptions(ctx context.Context, shop graphql.Client, ours string) (map[admin.WebhookSubscriptionTopic][]admin.Subscription, error) {
	have, after := map[admin.WebhookSubscriptionTopic][]admin.Subscription{}, (*string)(nil)
	for {
		told, err := admin.Subscriptions(ctx, shop, after)
		if err != nil {
			return nil, err
		}
		list := told.WebhookSubscriptions
		for _, s := range list.Nodes {
			if strings.HasPrefix(s.Uri, ours) {
				have[s.Topic] = append(have[s.Topic], s)
			}
		}
		if !list.PageInfo.HasNextPage || list.PageInfo.EndCursor == nil {
			return have, nil
		}
		after = list.PageInfo.EndCursor
	}
}

// tells tells whether a subscription brings all that is needed to its address.
func tells(s admin.Subscription, terms admin.WebhookSubscriptionInput) bool {
	for _, ns := range terms.MetafieldNamespaces {
		if !slices.Contains(s.MetafieldNamespaces, ns) {
			return false
		}
	}
	return s.Uri == *terms.Uri && s.Format == *terms.Format && text(s.Filter) == "" && len(s.IncludeFields) == 0
}

// mend corrects the subscription that is nearest to what is needed, or makes
// one. wrong is why the shop refuses it.
func mend(ctx context.Context, shop graphql.Client, topic string, have []admin.Subscription, terms admin.WebhookSubscriptionInput) (wrong string, err error) {
	var done *admin.SubscriptionID
	var errs []admin.UserError
	if len(have) > 0 {
		s := have[0]
		for _, other := range have {
			if other.Uri == *terms.Uri { // another one cannot be sent there as well
				s = other
			}
		}
		told, err := admin.MendSubscription(ctx, shop, s.Id, terms)
		if err != nil {
			return "", repeatable(err)
		}
		if m := told.WebhookSubscriptionUpdate; m != nil {
			done, errs = m.WebhookSubscription, m.UserErrors
		}
	} else {
		told, err := admin.Subscribe(ctx, shop, subscriptionTopic(topic), terms)
		if err != nil {
			return "", repeatable(err)
		}
		if m := told.WebhookSubscriptionCreate; m != nil {
			done, errs = m.WebhookSubscription, m.UserErrors
		}
	}
	switch {
	case len(errs) > 0:
		return integrations.Quote(errs[0].Message), nil
	case done == nil:
		return "", odd("the webhook subscription")
	}
	return "", nil
}
