using System.Security.Cryptography;
using System.Text;
using FieldCrm.Hub.Dispatch;
using FieldCrm.TestKit;
using Microsoft.Net.Http.Headers;

namespace FieldCrm.Hub.Tests.Dispatch;

/// <summary>How the published console is served: what is kept for ever, what is compressed, what may run.</summary>
public sealed class ConsoleFilesTests
{
    private const string Page = "<script type=\"importmap\">{\n  \"imports\": {}\n}</script><script type=\"module\" src=\"boot.js\"></script>";

    [Fact]
    public void Given_a_published_console_Then_only_what_is_named_by_its_content_is_kept_for_ever()
    {
        var files = new ConsoleFiles(Published());
        Assert.True(files.Find("console.k3ys7x1q2b.css")?.IsImmutable);
        Assert.True(files.Find("map.0123456789abcdef/map.js")?.IsImmutable);
        Assert.False(files.Find("icon.svg")?.IsImmutable);
    }

    [Fact]
    public void Given_paths_that_lead_elsewhere_Then_nothing_is_found()
    {
        var files = new ConsoleFiles(Published());
        Assert.All(
            ["../outside.txt", "map.0123456789abcdef/../../outside.txt", "/etc/passwd", "index.html", "console.k3ys7x1q2b.css.br", "", "icon.svg/"],
            path => Assert.Null(files.Find(path)));
    }

    [Theory]
    [InlineData("gzip, deflate, br", ".br", "br")]
    [InlineData("gzip", ".gz", "gzip")]
    [InlineData("br;q=0, gzip", ".gz", "gzip")]
    [InlineData("identity", "", null)]
    [InlineData("", "", null)]
    public void Given_what_a_browser_accepts_Then_the_form_that_was_compressed_before(string accepted, string ending, string? encoding)
    {
        var file = new ConsoleFiles(Published()).Find("console.k3ys7x1q2b.css");
        Assert.NotNull(file);
        Assert.Equal(
            (file.Path + ending, encoding), file.For(accepted.Length == 0 ? null : StringWithQualityHeaderValue.ParseList([accepted])));
        Assert.NotEqual(file.EntityTag("br"), file.EntityTag(null));
    }

    [Fact]
    public void Given_a_build_without_a_console_Then_there_is_no_page() =>
        Assert.Null(new ConsoleFiles(Path.Combine(TemporaryDirectory.Create("console"), "missing")).Index);

    [Fact]
    public void Given_the_page_Then_its_policy_allows_the_import_map_by_its_hash_and_no_other_inline_script()
    {
        var hash = Convert.ToBase64String(SHA256.HashData("{\n  \"imports\": {}\n}"u8));
        var policy = ContentSecurity.PolicyOf(Encoding.UTF8.GetBytes(Page), ["https://tiles.example"]);
        Assert.Equal(
            $"default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}'; worker-src 'self'; style-src 'self'; "
            + "style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' https://tiles.example; object-src 'none'; "
            + "base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
            policy);
    }

    [Fact]
    public void Given_the_page_Then_its_policy_is_the_products_word_for_word_and_only_the_configured_origins_are_added()
    {
        var directives = ContentSecurity.PolicyOf("<p>no script</p>"u8, ["https://tiles.example", "https://fonts.example", "https://tiles.example"]).Split("; ");
        Assert.Equal(
            [
                "default-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "style-src 'self'", "style-src-attr 'unsafe-inline'",
                "img-src 'self' data: blob:", "connect-src 'self' https://tiles.example https://fonts.example", "object-src 'none'", "base-uri 'self'",
                "form-action 'self'", "frame-ancestors 'none'",
            ],
            directives);
        Assert.Equal("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' https://tiles.example", ContentSecurity.PolicyOfWorkers(["https://tiles.example"]));
    }

    [Fact]
    public void Given_the_base_map_Then_tiles_and_the_index_are_found_and_nothing_else()
    {
        var folder = TemporaryDirectory.Create("basemap");
        System.IO.Directory.CreateDirectory(Path.Combine(folder, "world", "0", "0"));
        File.WriteAllText(Path.Combine(folder, "world", "0", "0", "0.pbf"), "tile");
        File.WriteAllText(Path.Combine(folder, "index.json"), "{}");
        File.WriteAllText(Path.Combine(folder, "addresses.tsv.gz"), "secret");
        var map = new BaseMapFiles(folder);
        Assert.Equal(("application/x-protobuf", true), (map.Find("world/0/0/0.pbf")?.ContentType, map.Find("world/0/0/0.pbf")?.IsGzip));
        Assert.False(map.Find("index.json")?.IsTile);
        Assert.All(["addresses.tsv.gz", "world/0/0/1.pbf", "world/../index.json", "../basemap/index.json", "world/0/0/0.pbf/"], path => Assert.Null(map.Find(path)));
    }

    private static string Published()
    {
        var parent = TemporaryDirectory.Create("console");
        File.WriteAllText(Path.Combine(parent, "outside.txt"), "outside");
        var folder = Path.Combine(parent, "dispatch");
        System.IO.Directory.CreateDirectory(Path.Combine(folder, "map.0123456789abcdef"));
        foreach (var name in new[] { "index.html", "console.k3ys7x1q2b.css", "console.k3ys7x1q2b.css.br", "console.k3ys7x1q2b.css.gz", "icon.svg", "map.0123456789abcdef/map.js" })
            File.WriteAllText(Path.Combine(folder, name), Page);
        return folder;
    }
}
