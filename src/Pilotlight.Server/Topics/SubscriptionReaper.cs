namespace Pilotlight.Topics;

/// <summary>Removes what nobody confirmed within two days, and what was unsubscribed and can no longer be restored.</summary>
sealed partial class SubscriptionReaper(TopicCatalog catalog, TopicMeter meter, TimeProvider time, ILogger<SubscriptionReaper> log) : BackgroundService
{
    static readonly TimeSpan s_period = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync();
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                SweepFailed(failure);
            }
        }
    }

    public async Task SweepAsync()
    {
        var now = time.GetUtcNow();
        foreach (var topic in catalog.All().Where(state => state.Subscriptions.Values.Any(IsOver)).Select(static state => state.Topic.Arn).ToList())
        {
            await catalog.ChangeAsync(topic, current =>
                current is null ? null : new TopicState(current.Topic, current.Subscriptions.RemoveRange(current.Subscriptions.Values.Where(IsOver).Select(Forgotten).ToList())));
        }

        bool IsOver(Subscription subscription) => subscription.State != SubscriptionState.Confirmed && subscription.TokenExpires <= now;

        string Forgotten(Subscription subscription)
        {
            meter.Forget(subscription.Arn);
            return subscription.Arn;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Subscriptions that are over could not be removed")]
    partial void SweepFailed(Exception failure);
}
