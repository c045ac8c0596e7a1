package shopify

// TopicScope is for tests that hold it to Shopify's own table.
var TopicScope = topicScope
