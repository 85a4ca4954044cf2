using Pilotlight.Functions;

namespace Pilotlight.Tests.Functions;

public sealed class LayerFolderTests : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("pilotlight-layers-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    string Merge(params string[] layers)
    {
        var target = Path.Combine(_root, "merged");
        LayerFolder.Merge([.. layers.Select(layer => Path.Combine(_root, layer))], target);
        return target;
    }

    void Write(string path, string text)
    {
        var full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    [Fact]
    public void Later_layers_win_and_folders_are_joined()
    {
        Write("one/python/a.py", "1");
        Write("one/python/same.py", "1");
        Write("two/python/b.py", "2");
        Write("two/python/same.py", "2");

        var merged = Merge("one", "two");

        Assert.Equal(("1", "2", "2"), (File.ReadAllText(merged + "/python/a.py"), File.ReadAllText(merged + "/python/b.py"), File.ReadAllText(merged + "/python/same.py")));
        Assert.Equal("1", File.ReadAllText(Path.Combine(_root, "one/python/same.py")));
    }

    [Fact]
    public void A_file_replaces_a_folder_and_a_folder_a_file()
    {
        Write("one/x/inner", "1");
        Write("one/y", "1");
        Write("two/x", "2");
        Write("two/y/inner", "2");

        var merged = Merge("one", "two");

        Assert.Equal(("2", "2"), (File.ReadAllText(merged + "/x"), File.ReadAllText(merged + "/y/inner")));
        Assert.True(File.Exists(Path.Combine(_root, "one/x/inner")));
    }

    [Fact]
    public void Links_are_replaced_and_never_followed()
    {
        Write("outside/secret", "untouched");
        Write("one/real/file", "1");
        File.CreateSymbolicLink(Path.Combine(_root, "one/folder"), "real");
        File.CreateSymbolicLink(Path.Combine(_root, "one/escape"), Path.Combine(_root, "outside"));
        Write("two/folder/file", "2");
        Write("two/escape/secret", "2");
        Write("three/placeholder", "3");
        File.CreateSymbolicLink(Path.Combine(_root, "three/real"), "folder");

        var merged = Merge("one", "two", "three");

        Assert.Equal(("2", "2"), (File.ReadAllText(merged + "/folder/file"), File.ReadAllText(merged + "/escape/secret")));
        Assert.Equal("untouched", File.ReadAllText(Path.Combine(_root, "outside/secret")));
        Assert.Equal("1", File.ReadAllText(Path.Combine(_root, "one/real/file")));
        Assert.Equal("folder", new DirectoryInfo(merged + "/real").LinkTarget);
    }

    [Fact]
    public void Modes_are_kept()
    {
        Write("one/bin/tool", "#!/bin/sh");
        File.SetUnixFileMode(Path.Combine(_root, "one/bin/tool"), (UnixFileMode)0b111_101_101);
        Write("two/other", "2");

        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Merge("one", "two") + "/bin/tool"));
    }
}
