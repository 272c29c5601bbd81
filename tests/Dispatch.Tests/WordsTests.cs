using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using FieldCrm.Core.Tenants;
using FieldCrm.Dispatch.Administration;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Tests;

public sealed partial class WordsTests
{
    /// <summary>Every text by its name, those of a part of the console with the part's before it.</summary>
    private static readonly (string Name, Func<Words, string?> Of)[] Texts = [.. TextsOf("", typeof(Words), words => words)];

    [Fact]
    public void Given_any_language_Then_it_has_every_text_with_the_same_places_to_fill()
    {
        Assert.True(Texts.Length > 300);
        foreach (var (name, of) in Texts)
        {
            var english = Places(of(English.Words));
            Assert.All(Languages.All, words =>
            {
                Assert.False(string.IsNullOrWhiteSpace(of(words)), $"{words.Code}: {name}");
                Assert.Equal((name, english), (name, Places(of(words))));
            });
        }
    }

    [Fact]
    public void Given_two_languages_Then_hardly_a_text_is_the_same_in_both()
    {
        foreach (var words in new[] { Spanish.Words, German.Words })
        {
            var same = Texts.Count(t => t.Of(words) == t.Of(English.Words));
            Assert.InRange(same, 0, Texts.Length / 8);
        }
    }

    [Fact]
    public void Given_the_ledger_Then_every_act_that_the_audit_log_shows_has_words_and_no_other()
    {
        // Raised by devices, not by anybody: the log leaves them out.
        string[] noActs = ["AlarmRaised", "AlarmCorrected", "AlarmWithdrawn", "UnregisteredListed"];
        var acts = typeof(TenantEvent).GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Select(t => t.DerivedType)
            .Where(t => ((TenantEvent)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(t)).IsLedgered)
            .Select(t => t.Name).Except(noActs).Order(StringComparer.Ordinal);

        Assert.Equal(acts, English.Words.Deeds.All.Select(d => d.Kind).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Given_the_ledger_Then_every_member_that_the_audit_log_shows_has_a_name()
    {
        // Who did it, and whom or what it is about, stand in columns of their own.
        string[] columns = ["by", "userId", "device"];
        var members = typeof(TenantEvent).GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false)
            .Where(t => English.Words.Deeds.All.Any(d => d.Kind == t.DerivedType.Name))
            .SelectMany(t => t.DerivedType.GetProperties()).Where(p => p.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always })
            .SelectMany(p => p.PropertyType == typeof(TenantSettings) ? p.PropertyType.GetProperties(BindingFlags.Public | BindingFlags.Instance) : [p])
            .Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)).Distinct()
            .Where(name => !name.EndsWith("Hash", StringComparison.Ordinal) && !columns.Contains(name)).Order(StringComparer.Ordinal).ToArray();

        Assert.True(members.Length > 15);
        Assert.Equal([], members.Where(name => AuditText.Label(name, English.Words) is null));
    }

    [Theory]
    [InlineData("es-UY", "es")]
    [InlineData("de", "de")]
    [InlineData("pt-BR", "en")]
    [InlineData(null, "en")]
    public void Given_a_locale_Then_its_language_or_English(string? locale, string code) => Assert.Equal(code, Languages.Of(locale).Code);

    private static IEnumerable<(string, Func<Words, string?>)> TextsOf(string part, Type type, Func<Words, object?> owner) => type.GetProperties()
        .SelectMany(p => p.PropertyType == typeof(string) ? [(part + p.Name, words => (string?)p.GetValue(owner(words)))]
            : p.PropertyType.Namespace == typeof(Words).Namespace ? TextsOf($"{p.Name}.", p.PropertyType, words => p.GetValue(owner(words)))
            : Enumerable.Empty<(string, Func<Words, string?>)>());

    private static string Places(string? text) =>
        string.Join(' ', Place().Matches(text ?? "").Select(m => m.Value).Order(StringComparer.Ordinal).Distinct());

    [GeneratedRegex(@"\{[0-9]+\}")]
    private static partial Regex Place();
}
