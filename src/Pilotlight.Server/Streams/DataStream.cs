using System.Globalization;
using Pilotlight.Authorization;

namespace Pilotlight.Streams;

/// <summary>Where a stream is.</summary>
public readonly record struct StreamKey(string AccountId, string Region, string Name)
{
    public string Arn => $"arn:aws:kinesis:{Region}:{AccountId}:stream/{Name}";
}

/// <summary>A stream: immutable, replaced as a whole by every change. Its records are in the <see cref="RecordLog"/>.</summary>
public sealed record DataStream
{
    public const string Creating = "CREATING";
    public const string Active = "ACTIVE";
    public const string Updating = "UPDATING";
    public const string Deleting = "DELETING";

    public const string Provisioned = "PROVISIONED";
    public const string OnDemand = "ON_DEMAND";

    /// <summary>Never used twice, so that the records of a deleted stream are nobody's. 0 until it was stored.</summary>
    public long Id { get; init; }

    public required string AccountId { get; init; }
    public required string Region { get; init; }
    public required string Name { get; init; }
    public required string Status { get; init; }

    /// <summary><c>PROVISIONED</c> or <c>ON_DEMAND</c>.</summary>
    public required string Mode { get; init; }

    public required DateTimeOffset Created { get; init; }
    public int RetentionHours { get; init; } = 24;

    /// <summary>Also closed ones, whose records may not have expired yet. By index; not gapless.</summary>
    public IReadOnlyList<Shard> Shards { get; init; } = [];

    public int NextShard { get; init; }

    /// <summary>What it is UPDATING to.</summary>
    public Resharding? Pending { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    public IReadOnlyList<string> ShardLevelMetrics { get; init; } = [];

    /// <summary>The key that it is said to be encrypted with; null for none.</summary>
    public string? KeyId { get; init; }

    public int MaxRecordKiB { get; init; } = 1024;
    public int? WarmThroughputMiBps { get; init; }
    public StreamPolicy? Policy { get; init; }
    public IReadOnlyList<StreamConsumer> Consumers { get; init; } = [];

    public StreamKey Key => new(AccountId, Region, Name);

    public string Arn => Key.Arn;

    public IEnumerable<Shard> OpenShards => Shards.Where(static shard => !shard.IsClosed);

    public TimeSpan Retention => TimeSpan.FromHours(RetentionHours);

    /// <summary>Takes and gives records.</summary>
    public bool IsServing => Status is Active or Updating;

    public Shard? FindShard(int index) => Shards.FirstOrDefault(shard => shard.Index == index);

    /// <summary>The open shard of a hash key. Every key has one while the stream serves.</summary>
    public Shard? ShardOf(UInt128 hash)
    {
        foreach (var shard in Shards)
        {
            if (!shard.IsClosed && hash >= shard.FirstHash && hash <= shard.LastHash)
                return shard;
        }

        return null;
    }

    public StreamConsumer? FindConsumer(string name) => Consumers.FirstOrDefault(consumer => consumer.Name == name);

    /// <summary>The end of whatever is under way; null is the end of DELETING.</summary>
    public DataStream? Settled(DateTimeOffset now)
    {
        var settled = this with
        {
            Consumers =
            [
                .. Consumers.Where(static consumer => consumer.Status != Deleting)
                    .Select(static consumer => consumer.Status == Creating ? consumer with { Status = Active } : consumer),
            ],
        };
        return Status switch
        {
            Deleting => null,
            Creating => settled with { Status = Active },
            Updating => (Pending?.Apply(settled, now) ?? settled) with { Status = Active, Pending = null },
            _ => settled,
        };
    }
}

/// <summary>A range of hash keys and the records whose keys fall into it.</summary>
public sealed record Shard
{
    public required int Index { get; init; }
    public required UInt128 FirstHash { get; init; }
    public required UInt128 LastHash { get; init; }
    public int? Parent { get; init; }
    public int? AdjacentParent { get; init; }

    /// <summary>Seconds since 1970: begins every sequence number of the shard.</summary>
    public required long CreatedSeconds { get; init; }

    /// <summary>Null while it is open.</summary>
    public DateTimeOffset? Closed { get; init; }

    public bool IsClosed => Closed is not null;

    public string Id => IdOf(Index);

    public static string IdOf(int index) => string.Create(CultureInfo.InvariantCulture, $"shardId-{index:d12}");

    /// <summary>The index that an id names, with or without its prefix and zeros, as AWS takes it; null for what is none.</summary>
    public static int? IndexOf(string id)
    {
        var dash = id.IndexOf('-');
        var digits = dash < 0 ? id.AsSpan() : id.AsSpan(dash + 1);
        return digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9')
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
    }

    public bool IsChildOf(Shard other) => Parent == other.Index || AdjacentParent == other.Index;
}

/// <summary>Whoever registered for enhanced fan-out.</summary>
public sealed record StreamConsumer
{
    public required string Name { get; init; }
    public required string Status { get; init; }
    public required DateTimeOffset Created { get; init; }
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    public StreamPolicy? Policy { get; init; }

    public string ArnIn(string streamArn) => string.Create(CultureInfo.InvariantCulture, $"{streamArn}/consumer/{Name}:{Created.ToUnixTimeSeconds()}");
}

/// <summary>A resource policy as it was put.</summary>
public sealed record StreamPolicy(string Document) : IPolicyDocument;
