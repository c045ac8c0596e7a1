#!/usr/bin/env bash
# Makes a Shopify shop send its webhooks to Grazie.
#
#   SHOPIFY_TOKEN=... docs/subscribe-shopify.sh demo.myshopify.com https://grazie.example.com
#
# The token is the Admin API access token of your app. Running it again does no
# harm: Shopify refuses what it has already, and so changes nothing about it. The
# subscriptions to customers bring their birthdays along; one that was made
# without them has to be deleted first.
set -euo pipefail
domain=$1 uri=${2%/}/webhooks/shopify
api=${SHOPIFY_ADMIN_URL:-https://$domain}/admin/api/2026-10/graphql.json

for topic in ORDERS_CREATE ORDERS_PAID ORDERS_UPDATED ORDERS_CANCELLED ORDERS_FULFILLED ORDERS_PARTIALLY_FULFILLED \
  FULFILLMENTS_CREATE FULFILLMENTS_UPDATE FULFILLMENT_EVENTS_CREATE REFUNDS_CREATE \
  CUSTOMERS_CREATE CUSTOMERS_UPDATE CUSTOMERS_DELETE CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE \
  RETURNS_REQUEST RETURNS_APPROVE RETURNS_DECLINE RETURNS_CANCEL RETURNS_CLOSE RETURNS_REOPEN RETURNS_PROCESS RETURNS_UPDATE \
  APP_UNINSTALLED; do
  subscription="{\"uri\": \"$uri\"}"
  case $topic in
  # Birthdays stand in the metafield facts.birth_date.
  CUSTOMERS_CREATE | CUSTOMERS_UPDATE) subscription="{\"uri\": \"$uri\", \"metafieldNamespaces\": [\"facts\"]}" ;;
  esac
  printf '%s: ' "$topic"
  curl --silent --show-error --fail-with-body "$api" \
    --header @<(printf 'X-Shopify-Access-Token: %s' "$SHOPIFY_TOKEN") --header 'Content-Type: application/json' --data @- <<JSON
{"query": "mutation Subscribe(\$topic: WebhookSubscriptionTopic!, \$subscription: WebhookSubscriptionInput!) {
    webhookSubscriptionCreate(topic: \$topic, webhookSubscription: \$subscription) {
      webhookSubscription { id } userErrors { field message } } }",
 "variables": {"topic": "$topic", "subscription": $subscription}}
JSON
  echo
done
