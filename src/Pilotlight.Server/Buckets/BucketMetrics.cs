using Pilotlight.Api;

namespace Pilotlight.Buckets;

sealed class BucketMetrics(BucketStore store, NotificationDispatcher dispatcher, LifecycleSupervisor lifecycle) : IMetricSource
{
    public IEnumerable<Metric> Read() =>
    [
        new("buckets", "Buckets of all accounts.", store.Count),
        new("bucket_objects_expired_total", "Objects, versions and delete markers that lifecycles let expire.", lifecycle.Expired),
        new("bucket_uploads_aborted_total", "Uploads in parts that lifecycles aborted.", lifecycle.Aborted),
        new("bucket_notifications_pending", "Notifications of buckets that wait for their delivery.", store.CountPending()),
        new("bucket_notifications_delivered_total", "Notifications of buckets that were delivered.", dispatcher.Delivered),
        new("bucket_notifications_dropped_total", "Notifications of buckets that their target did not take.", dispatcher.Dropped),
    ];
}
