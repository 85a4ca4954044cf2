namespace Pilotlight.Topics;

/// <summary>Removes what nobody confirmed within two days, and what was unsubscribed and can no longer be restored.</summary>
sealed partial class SubscriptionReaper(TopicCatalog catalog, DeliverySupervisor deliveries, TimeProvider time, ILogger<SubscriptionReaper> log) : BackgroundService
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
            List<string> over = [];
            await catalog.ChangeAsync(topic, current =>
            {
                over = [.. current?.Subscriptions.Values.Where(IsOver).Select(static subscription => subscription.Arn) ?? []];
                return current is null ? null : new TopicState(current.Topic, current.Subscriptions.RemoveRange(over));
            });
            over.ForEach(deliveries.Forget);
        }

        bool IsOver(Subscription subscription) => subscription.State != SubscriptionState.Confirmed && subscription.TokenExpires <= now;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Subscriptions that are over could not be removed")]
    partial void SweepFailed(Exception failure);
}
