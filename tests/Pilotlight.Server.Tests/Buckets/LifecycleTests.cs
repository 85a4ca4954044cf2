using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Pilotlight.Api;
using Pilotlight.Buckets;
using Pilotlight.Storage;
using Pilotlight.Testing;

namespace Pilotlight.Tests.Buckets;

/// <summary>What lifecycles let expire, on a clock that the test moves; the store and the loop are the real ones.</summary>
public sealed class LifecycleTests : IAsyncLifetime
{
    const string TestQueue = "arn:aws:sqs:us-east-1:000000000000:told";

    readonly string _folder = Directory.CreateTempSubdirectory("pilotlight-lifecycle").FullName;
    readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 10, 30, 0, TimeSpan.Zero));
    readonly LifecycleSignal _changed = new();
    ObjectFiles _files = null!;
    BucketStore _store = null!;
    LifecycleSupervisor _supervisor = null!;
    Bucket _bucket = null!;

    public async ValueTask InitializeAsync()
    {
        var folder = new DataFolder(_folder);
        _files = new ObjectFiles(folder, NullLogger<ObjectFiles>.Instance);
        _store = new BucketStore(folder, _files, new NotificationSignal(), _time);
        _supervisor = new LifecycleSupervisor(_store, _changed, _time, NullLogger<LifecycleSupervisor>.Instance);
        var notifications = new NotificationConfiguration(
            [], [new NotificationRule("told", TestQueue, ["s3:LifecycleExpiration:*"], null, null)], [], true);
        _bucket = (await _store.TryCreateAsync("b", "000000000000", "us-east-1", new BucketSettings { Notifications = notifications }))!;
        await _supervisor.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _supervisor.StopAsync(CancellationToken.None);
        _supervisor.Dispose();
        await _store.DisposeAsync();
        Directory.Delete(_folder, true);
    }

    [Fact]
    public async Task An_object_expires_at_the_midnight_after_its_days_and_its_file_with_it()
    {
        await RuleAsync("<Filter><Prefix>tmp/</Prefix></Filter><Expiration><Days>3</Days></Expiration>");
        await PutAsync("tmp/a");
        await PutAsync("kept/a");
        await AdvanceAsync(new DateTimeOffset(2026, 3, 4, 23, 59, 0, TimeSpan.Zero));
        Assert.Equal(["kept/a", "tmp/a"], Keys());

        await AdvanceAsync(new DateTimeOffset(2026, 3, 5, 0, 1, 0, TimeSpan.Zero));
        await Until(() => Keys() is ["kept/a"]);
        Assert.Single(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories), path => path.Contains("/objects/", StringComparison.Ordinal));

        var told = _store.Due(10);
        Assert.Equal(4, told.Count);
        var record = JsonDocument.Parse(told.Single(static one => one.TargetArn == TestQueue).Payload).RootElement.GetProperty("Records")[0];
        Assert.Equal("2.3", record.GetProperty("eventVersion").GetString());
        Assert.Equal("LifecycleExpiration:Delete", record.GetProperty("eventName").GetString());
        Assert.Equal("s3.amazonaws.com", record.GetProperty("userIdentity").GetProperty("principalId").GetString());
        Assert.Equal("s3.amazonaws.com", record.GetProperty("requestParameters").GetProperty("sourceIPAddress").GetString());
        Assert.Equal(["key", "sequencer"], record.GetProperty("s3").GetProperty("object").EnumerateObject().Select(static member => member.Name));
        var onBus = told.Single(static one => one.DetailType == "Object Deleted");
        var detail = JsonDocument.Parse(onBus.Payload).RootElement;
        Assert.Equal("Lifecycle Expiration", detail.GetProperty("reason").GetString());
        Assert.Equal("s3.amazonaws.com", detail.GetProperty("requester").GetString());
        Assert.Equal("Permanently Deleted", detail.GetProperty("deletion-type").GetString());
        Assert.False(detail.TryGetProperty("source-ip-address", out _));
    }

    [Fact]
    public async Task Tags_and_sizes_choose_objects()
    {
        await RuleAsync("""
            <Filter><And><Prefix>logs/</Prefix><Tag><Key>keep</Key><Value>no</Value></Tag><Tag><Key>team</Key><Value>a</Value></Tag>
            <ObjectSizeGreaterThan>3</ObjectSizeGreaterThan><ObjectSizeLessThan>6</ObjectSizeLessThan></And></Filter><Expiration><Days>1</Days></Expiration>
            """);
        var tags = new Dictionary<string, string> { ["keep"] = "no", ["team"] = "a", ["more"] = "x" };
        await PutAsync("logs/small", 3, tags);
        await PutAsync("logs/fits", 4, tags);
        await PutAsync("logs/large", 6, tags);
        await PutAsync("logs/untagged", 4);
        await PutAsync("logs/other", 4, new Dictionary<string, string> { ["keep"] = "no", ["team"] = "b" });
        await PutAsync("other/fits", 4, tags);
        await AdvanceAsync(_time.GetUtcNow().AddDays(2));
        await Until(() => !Keys().Contains("logs/fits"));
        Assert.Equal(["logs/large", "logs/other", "logs/small", "logs/untagged", "other/fits"], Keys());
    }

    [Fact]
    public async Task A_date_that_is_past_lets_everything_expire_as_soon_as_the_rule_is_put_and_a_disabled_rule_nothing()
    {
        await PutAsync("a");
        await PutAsync("b");
        await RuleAsync("<Filter><Prefix>a</Prefix></Filter><Expiration><Date>2026-02-01T00:00:00Z</Date></Expiration>");
        await Until(() => Keys() is ["b"]);
        await ConfigureAsync("<Rule><ID>off</ID><Status>Disabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule>"
            + "<Rule><ID>later</ID><Status>Enabled</Status><Filter/><Expiration><Date>2027-01-01T00:00:00Z</Date></Expiration></Rule>");
        await AdvanceAsync(_time.GetUtcNow().AddDays(10));
        Assert.Equal(["b"], Keys());
        await AdvanceAsync(new DateTimeOffset(2027, 1, 1, 0, 0, 1, TimeSpan.Zero));
        await Until(() => Keys() is []);
    }

    [Fact]
    public async Task With_versions_a_marker_is_made_and_goes_when_nothing_is_left_behind_it()
    {
        await VersioningAsync(Versioning.Enabled);
        await ConfigureAsync("<Rule><ID>1</ID><Status>Enabled</Status><Filter/><Expiration><Days>2</Days></Expiration>"
            + "<NoncurrentVersionExpiration><NoncurrentDays>5</NoncurrentDays></NoncurrentVersionExpiration></Rule>");
        await PutAsync("a");
        await AdvanceAsync(new DateTimeOffset(2026, 3, 4, 0, 1, 0, TimeSpan.Zero));
        await Until(() => Versions() is ["a marker", "a version"]);
        Assert.Contains("LifecycleExpiration:DeleteMarkerCreated", Encoding.UTF8.GetString(_store.Due(10).Single(static one => one.TargetArn == TestQueue).Payload));

        // The version is noncurrent since the marker was made, and the marker has been alone since the version is gone.
        await AdvanceAsync(new DateTimeOffset(2026, 3, 9, 23, 59, 0, TimeSpan.Zero));
        Assert.Equal(["a marker", "a version"], Versions());
        await AdvanceAsync(new DateTimeOffset(2026, 3, 10, 0, 1, 0, TimeSpan.Zero));
        await Until(() => Versions() is ["a marker"]);
        await AdvanceAsync(new DateTimeOffset(2026, 3, 11, 0, 1, 0, TimeSpan.Zero));
        await Until(() => Versions() is []);
    }

    [Fact]
    public async Task Noncurrent_versions_go_by_the_age_of_their_successor_and_the_newest_of_them_are_kept()
    {
        await VersioningAsync(Versioning.Enabled);
        await RuleAsync("<Filter/><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>");
        for (var n = 0; n < 6; n++)
            await PutAsync("a", n + 1);
        await PutAsync("b");
        await AdvanceAsync(_time.GetUtcNow().AddDays(3));
        await Until(() => Versions().Count == 4);
        Assert.Equal([6, 5, 4], _store.VersionsAfter(_bucket, null, 10).Where(static one => one.Key == "a").Select(static one => (int)one.Size));
        Assert.Equal(["a", "b"], Keys());
    }

    [Fact]
    public async Task A_marker_that_is_not_alone_stays()
    {
        await VersioningAsync(Versioning.Enabled);
        await PutAsync("alone");
        await PutAsync("not");
        await DeleteAsync("alone", null);
        await DeleteAsync("not", null);
        await DeleteAsync("alone", _store.VersionsAfter(_bucket, null, 10).Single(static one => one is { Key: "alone", IsMarker: false }).Version);
        await RuleAsync("<Filter/><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>");
        await Until(() => Versions() is ["not marker", "not version"]);
    }

    [Fact]
    public async Task With_versions_suspended_the_null_version_gives_way_to_a_marker()
    {
        await VersioningAsync(Versioning.Suspended);
        await PutAsync("a");
        await RuleAsync("<Filter/><Expiration><Days>1</Days></Expiration>");
        await AdvanceAsync(_time.GetUtcNow().AddHours(40));
        await Until(() => Versions() is ["a marker"]);
    }

    [Fact]
    public async Task Uploads_that_are_not_completed_are_aborted()
    {
        await RuleAsync("<Filter><Prefix>up/</Prefix></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>");
        var head = new UploadHead(new ObjectHead(), null, null, "000000000000", "me");
        var upload = await _store.CreateUploadAsync(_bucket, "up/a", head);
        await using (var file = _files.Create(out var name))
        {
            file.Write("part"u8);
            await _store.PutPartAsync(_bucket, upload, new UploadPart(1, 4, "x", _time.GetUtcNow(), name, null));
        }

        await _store.CreateUploadAsync(_bucket, "other", head);
        await AdvanceAsync(new DateTimeOffset(2026, 3, 3, 23, 59, 0, TimeSpan.Zero));
        Assert.Equal(2, _store.UploadsOf(_bucket).Count);
        await AdvanceAsync(new DateTimeOffset(2026, 3, 4, 0, 1, 0, TimeSpan.Zero));
        await Until(() => _store.UploadsOf(_bucket) is [{ Key: "other" }]);
        await Until(() => !Directory.EnumerateFiles(Path.Combine(_folder, "objects"), "*", SearchOption.AllDirectories).Any());
        await Until(() => _supervisor.Aborted == 1);
    }

    [Fact]
    public async Task More_than_a_page_of_versions_of_one_key_is_gone_through_once()
    {
        await VersioningAsync(Versioning.Enabled);
        for (var n = 0; n < 1203; n++)
            await PutAsync("a", 0);
        await PutAsync("b");
        await RuleAsync("<Filter/><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>1</NewerNoncurrentVersions></NoncurrentVersionExpiration>");
        await AdvanceAsync(_time.GetUtcNow().AddDays(3));
        await Until(() => Versions() is ["a version", "a version", "b version"]);
        await Until(() => _supervisor.Expired == 1201);
    }

    [Fact]
    public async Task What_changed_since_it_was_found_due_stays()
    {
        await PutAsync("a", 1, new Dictionary<string, string> { ["old"] = "yes" });
        await _store.ChangeAsync(_bucket, static settings => settings with
        {
            Lifecycle = "<LifecycleConfiguration><Rule><ID>1</ID><Status>Enabled</Status><Filter><Tag><Key>old</Key><Value>yes</Value></Tag></Filter><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>",
        });
        var bucket = _store.Get("b");
        var found = _store.FindObject(bucket, "a", null)!;
        IReadOnlyList<Expiry> due = [new Expiry(found, ExpiryKind.Current, bucket.Lifecycle.Rules[0])];
        await _store.ChangeHeadAsync(bucket, found, new ObjectEvent(ObjectEvent.Untagged, ChangeOrigin.OfLifecycle()), static head => head with { Tags = new Dictionary<string, string>() });
        Assert.Equal(0, await _store.ExpireAsync(bucket, due, ChangeOrigin.OfLifecycle()));
        await PutAsync("a", 1, new Dictionary<string, string> { ["old"] = "yes" });
        Assert.Equal(0, await _store.ExpireAsync(bucket, due, ChangeOrigin.OfLifecycle()));
        due = [new Expiry(_store.FindObject(bucket, "a", null)!, ExpiryKind.Current, bucket.Lifecycle.Rules[0])];
        await _store.ChangeAsync(bucket, static settings => settings with { Lifecycle = null });
        Assert.Equal(0, await _store.ExpireAsync(bucket, due, ChangeOrigin.OfLifecycle()));
        Assert.Equal(["a"], Keys());
    }

    [Theory]
    [InlineData("<Filter/><Expiration><Days>0</Days></Expiration>", "InvalidArgument", "'Days' for Expiration action must be a positive integer")]
    [InlineData("<Filter/><Expiration><Days>x</Days></Expiration>", "MalformedXML", "")]
    [InlineData("<Filter/><Expiration><Days>1</Days><Date>2030-01-01T00:00:00Z</Date></Expiration>", "MalformedXML", "")]
    [InlineData("<Filter/><Expiration><Date>2030-01-01T10:00:00Z</Date></Expiration>", "InvalidArgument", "'Date' must be at midnight GMT")]
    [InlineData("<Filter/><Prefix/><Expiration><Days>1</Days></Expiration>", "MalformedXML", "")]
    [InlineData("<Expiration><Days>1</Days></Expiration>", "MalformedXML", "")]
    [InlineData("<Filter><Prefix>a</Prefix><ObjectSizeLessThan>1</ObjectSizeLessThan></Filter><Expiration><Days>1</Days></Expiration>", "MalformedXML", "")]
    [InlineData("<Filter/>", "InvalidRequest", "At least one action needs to be specified in a rule")]
    [InlineData("<Filter/><NoncurrentVersionExpiration><NoncurrentDays>0</NoncurrentDays></NoncurrentVersionExpiration>", "InvalidArgument", "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer")]
    [InlineData("<Filter/><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>0</NewerNoncurrentVersions></NoncurrentVersionExpiration>", "InvalidArgument", "NewerNoncurrentVersions for NoncurrentVersionExpiration action must be a positive integer")]
    [InlineData("<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>", "InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags.")]
    [InlineData("<Filter/><AbortIncompleteMultipartUpload><DaysAfterInitiation>0</DaysAfterInitiation></AbortIncompleteMultipartUpload>", "InvalidArgument", "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")]
    [InlineData("<Filter/><Transition><Days>10</Days><StorageClass>STANDARD_IA</StorageClass></Transition>", "InvalidArgument", "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'")]
    [InlineData("<Filter/><Transition><Days>40</Days><StorageClass>NOWHERE</StorageClass></Transition>", "MalformedXML", "")]
    public void What_S3_does_not_keep_is_refused(string rule, string code, string message)
    {
        var document = BucketXml.Parse(Encoding.UTF8.GetBytes($"<LifecycleConfiguration><Rule><ID>1</ID><Status>Enabled</Status>{rule}</Rule></LifecycleConfiguration>"));
        var refused = Assert.Throws<AwsException>(() => LifecycleReader.Read(document)).Error;
        Assert.Equal(code, refused.Code);
        if (message.Length > 0)
            Assert.Equal(message, refused.Message);
    }

    [Theory]
    [InlineData(1, "2026-03-03T00:00:00Z")]
    [InlineData(30, "2026-04-01T00:00:00Z")]
    [InlineData(int.MaxValue, "9999-12-31T23:59:59.9999999Z")]
    public void Days_end_at_the_midnight_that_follows(int days, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, null), LifecycleRule.After(new DateTimeOffset(2026, 3, 1, 10, 30, 0, TimeSpan.Zero), days));

    [Fact]
    public async Task The_whole_server_lets_an_object_expire_and_says_when_it_will()
    {
        await using var server = await PilotlightServer.StartAsync(new FakeSandboxDriver(static process => process.ServeAsync(static (_, _) => "null")));
        Assert.Equal(200, (int)(await SendAsync(server, HttpMethod.Put, "/cee")).StatusCode);
        Assert.Equal(200, (int)(await SendAsync(server, HttpMethod.Put, "/cee?lifecycle=",
            "<LifecycleConfiguration><Rule><ID>in a day</ID><Status>Enabled</Status><Filter><Prefix>slow/</Prefix></Filter><Expiration><Days>1</Days></Expiration>"
            + "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>")).StatusCode);
        var put = await SendAsync(server, HttpMethod.Put, "/cee/slow/a", "x");
        var stored = server.Platform.Services.GetService(typeof(BucketStore)) is BucketStore store ? store.FindObject(store.Get("cee"), "slow/a", null)! : null!;
        var expected = $"expiry-date=\"{LifecycleRule.After(stored.Modified, 1):R}\", rule-id=\"in%20a%20day\"";
        Assert.Equal(expected, put.Headers.GetValues("x-amz-expiration").Single());
        Assert.Equal(expected, (await SendAsync(server, HttpMethod.Get, "/cee/slow/a")).Headers.GetValues("x-amz-expiration").Single());
        Assert.Equal("in%20a%20day", (await SendAsync(server, HttpMethod.Post, "/cee/slow/b?uploads=")).Headers.GetValues("x-amz-abort-rule-id").Single());
        Assert.False((await SendAsync(server, HttpMethod.Put, "/cee/fast", "x")).Headers.Contains("x-amz-expiration"));
        Assert.Equal(200, (int)(await SendAsync(server, HttpMethod.Put, "/cee?lifecycle=",
            "<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter><Prefix>fast</Prefix></Filter><Expiration><Date>2020-01-01T00:00:00Z</Date></Expiration></Rule></LifecycleConfiguration>")).StatusCode);
        await Until(async () => (int)(await SendAsync(server, HttpMethod.Get, "/cee/fast")).StatusCode == 404);
        Assert.Equal(200, (int)(await SendAsync(server, HttpMethod.Get, "/cee/slow/a")).StatusCode);
    }

    static async Task<HttpResponseMessage> SendAsync(PilotlightServer server, HttpMethod method, string path, string body = "")
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return await server.Client.SendAsync(
            "s3", method, path, bytes, ("x-amz-content-sha256", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))));
    }

    Task RuleAsync(string rule) => ConfigureAsync($"<Rule><ID>1</ID><Status>Enabled</Status>{rule}</Rule>");

    async Task ConfigureAsync(string rules)
    {
        _bucket = await _store.ChangeAsync(_bucket, settings => settings with { Lifecycle = $"<LifecycleConfiguration>{rules}</LifecycleConfiguration>" });
        _changed.Set();
    }

    async Task VersioningAsync(Versioning versioning) => _bucket = await _store.ChangeAsync(_bucket, settings => settings with { Versioning = versioning });

    async Task PutAsync(string key, int size = 5, Dictionary<string, string>? tags = null)
    {
        string name;
        await using (var file = _files.Create(out name))
            file.Write(new byte[size]);
        await _store.PutAsync(
            _bucket,
            new StoredObject { BucketId = _bucket.Id, Key = key, Size = size, ETag = "e", Body = [new BodyFile(name, size)], Head = new ObjectHead { Tags = tags ?? [] } },
            default, new ObjectEvent(ObjectEvent.Put, new ChangeOrigin("r", "h", "127.0.0.1", "AWS:A", "000000000000")));
    }

    Task DeleteAsync(string key, string? version) =>
        _store.DeleteObjectAsync(_bucket, key, version, null, new ChangeOrigin("r", "h", "127.0.0.1", "AWS:A", "000000000000"));

    /// <summary>Hour by hour, as the loop looks at the clock; each time it has gone to sleep again.</summary>
    async Task AdvanceAsync(DateTimeOffset to)
    {
        while (_time.GetUtcNow() < to)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
            var step = to - _time.GetUtcNow();
            _time.Advance(step < TimeSpan.FromHours(1) ? step : TimeSpan.FromHours(1));
        }
    }

    List<string> Keys() => [.. _store.List(_bucket, new ListQuery("", null, null, 1000)).Items.Select(static item => item.Key)];

    List<string> Versions() => [.. _store.VersionsAfter(_bucket, null, 5000).Select(static one => $"{one.Key} {(one.IsMarker ? "marker" : "version")}")];

    /// <summary>The clock goes on: the loop may have read it just before it was moved.</summary>
    Task Until(Func<bool> condition) => Until(() =>
    {
        if (condition())
            return Task.FromResult(true);
        _time.Advance(TimeSpan.FromSeconds(10));
        return Task.FromResult(false);
    });

    static async Task Until(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await condition())
            await Task.Delay(10, patience.Token);
    }
}
