using System.Globalization;
using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.Topics;

/// <summary>What operations work with.</summary>
sealed record TopicServices(TopicCatalog Catalog, Publisher Publisher, Authorizer Authorizer, NamedIdentities Identities, TopicMemory Memory);

/// <summary>What is kept of topics beside the catalogue.</summary>
sealed record TopicMemory(TimeProvider Time, DeliverySupervisor Deliveries, FifoMemory Fifo);

/// <summary>A request to SNS with what its operation works with.</summary>
readonly struct TopicRequest(AwsRequest request, TopicServices services)
{
    public AwsRequest Request => request;

    public TopicServices Services => services;

    public TopicCatalog Catalog => services.Catalog;

    public DateTimeOffset Now => services.Memory.Time.GetUtcNow();

    /// <summary>The platform as the client reached it.</summary>
    public string Address => $"{request.Http.Request.Scheme}://{request.Http.Request.Host.Value}";

    public string? Text(string name) => request.Form.GetValueOrDefault(name);

    /// <summary>The map <c>NAME.entry.N.key</c>, <c>.value</c>.</summary>
    public Dictionary<string, string> Map(string name)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var index = 1; Text($"{name}.entry.{index}.key") is { } key; index++)
            map[key] = Text($"{name}.entry.{index}.value") ?? "";
        return map;
    }

    /// <summary>The list <c>NAME.member.N</c>.</summary>
    public List<string> List(string name)
    {
        var list = new List<string>();
        while (Text($"{name}.member.{list.Count + 1}") is { } item)
            list.Add(item);
        return list;
    }

    /// <summary>The tags of the request.</summary>
    /// <exception cref="AwsException">A key comes twice, or a tag breaks a rule.</exception>
    public Dictionary<string, string> Tags()
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var index = 1; Text($"Tags.member.{index}.Key") is { } key; index++)
        {
            if (!tags.TryAdd(key, Text($"Tags.member.{index}.Value") ?? ""))
                throw TopicErrors.Parameter("Duplicated keys are not allowed.").AsException();
            if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
                throw TopicErrors.Parameter("Tag keys starting with 'aws:' are reserved for system use").AsException();
        }

        return tags;
    }

    /// <summary>The ARN of a topic that the request names, in its region; an unsigned request is of none.</summary>
    /// <exception cref="AwsException">It is none.</exception>
    public string TopicArn(string parameter = "TopicArn")
    {
        var arn = Text(parameter) ?? "";
        return Topics.TopicArn.Parse(arn, parameter).Region == request.Region || request.Caller.Kind == CallerKind.Anonymous ? arn : throw TopicErrors.Parameter(parameter).AsException();
    }

    /// <exception cref="AwsException">There is none.</exception>
    public TopicState Topic(string parameter = "TopicArn") => Catalog.Find(TopicArn(parameter)) ?? throw TopicErrors.NoTopic.AsException();

    /// <summary>The ARN of a subscription that the request names.</summary>
    /// <exception cref="AwsException">It is none.</exception>
    public string SubscriptionArn()
    {
        var arn = Text("SubscriptionArn") ?? "";
        if (arn.Length == 0)
            throw TopicErrors.NoValue("SubscriptionArn").AsException();
        if (arn.Split(':').Length is < 6 and var elements)
            throw TopicErrors.ShortArn("SubscriptionArn", elements).AsException();
        return Topics.TopicArn.TopicOf(arn) is not null ? arn : throw TopicErrors.Parameter("SubscriptionId").AsException();
    }

    /// <summary>A subscription of the caller's, or to a topic of the caller's.</summary>
    /// <exception cref="AwsException">There is none.</exception>
    public Subscription Subscription()
    {
        var caller = request.AccountId;
        return Catalog.FindSubscription(SubscriptionArn()) is { State: not SubscriptionState.Deleted } subscription
            && (subscription.Owner == caller || Topics.TopicArn.TryParse(subscription.TopicArn)?.AccountId == caller)
            ? subscription
            : throw TopicErrors.NoSubscription.AsException();
    }

    /// <summary>A page of a list that is in the order of its ARNs.</summary>
    /// <exception cref="AwsException">The token is none that was handed out.</exception>
    public (List<T> Items, string? NextToken) Page<T>(IEnumerable<T> items, Func<T, string> arn)
    {
        const int size = 100;
        var start = "";
        if (Text("NextToken") is { Length: > 0 } token)
        {
            if (!Paging.TryRead(token, out start) || start.Length == 0)
                throw TopicErrors.Parameter("NextToken").AsException();
        }

        var page = items.Where(item => string.CompareOrdinal(arn(item), start) >= 0).OrderBy(arn, StringComparer.Ordinal).Take(size + 1).ToList();
        if (page.Count <= size)
            return (page, null);
        var next = Paging.MarkerOf(arn(page[size]));
        page.RemoveAt(size);
        return (page, next);
    }
}

static class TopicXml
{
    extension(QueryXml xml)
    {
        /// <summary>A map as SNS writes it.</summary>
        public void Map(string name, IEnumerable<KeyValuePair<string, string>> entries) => xml.Structure(name, xml =>
        {
            foreach (var (key, value) in entries)
            {
                xml.Structure("entry", xml =>
                {
                    xml.Text("key", key);
                    xml.Text("value", value);
                });
            }
        });

        public void Subscription(Subscription subscription)
        {
            xml.Text("TopicArn", subscription.TopicArn);
            xml.Text("Protocol", subscription.Protocol);
            xml.Text("SubscriptionArn", subscription.State == SubscriptionState.Pending ? "PendingConfirmation" : subscription.Arn);
            xml.Text("Owner", subscription.Owner);
            xml.Text("Endpoint", SubscriptionRules.Shown(subscription.Endpoint));
        }
    }

    public static string Text(this int number) => number.ToString(CultureInfo.InvariantCulture);
}
