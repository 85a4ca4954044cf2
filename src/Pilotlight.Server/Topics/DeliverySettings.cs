namespace Pilotlight.Topics;

/// <summary>What deliveries are made by.</summary>
sealed record DeliverySettings(TopicsOptions Options, TimeProvider Time, TopicMeter Meter);
