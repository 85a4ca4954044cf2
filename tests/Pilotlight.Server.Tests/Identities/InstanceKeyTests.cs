using System.Runtime.Versioning;
using Pilotlight.Storage;

namespace Pilotlight.Identities;

[SupportedOSPlatform("linux")]
public sealed class InstanceKeyTests : IDisposable
{
    readonly DataFolder _folder = new(Path.Combine(Directory.CreateTempSubdirectory("pilotlight-key-").FullName, "data"));

    string KeyFile => Path.Combine(_folder.Root, "instance.key");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder.Root)!, recursive: true);

    [Fact]
    public void Is_made_once_and_only_its_owner_may_read_it()
    {
        var first = InstanceKey.Open(_folder).Derive("purpose"u8);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        Assert.Equal([KeyFile], Directory.GetFiles(_folder.Root));
        Assert.Equal(first, InstanceKey.Open(_folder).Derive("purpose"u8));
        Assert.NotEqual(first, InstanceKey.Open(_folder).Derive("another"u8));
    }

    [Fact]
    public void A_file_that_others_could_read_is_closed_to_them()
    {
        InstanceKey.Open(_folder);
        File.SetUnixFileMode(KeyFile, File.GetUnixFileMode(KeyFile) | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        InstanceKey.Open(_folder);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void A_file_of_another_length_is_refused(int bytes)
    {
        Directory.CreateDirectory(_folder.Root);
        File.WriteAllBytes(KeyFile, new byte[bytes]);
        Assert.Contains("instance.key", Assert.Throws<InvalidOperationException>(() => InstanceKey.Open(_folder)).Message);
    }
}
