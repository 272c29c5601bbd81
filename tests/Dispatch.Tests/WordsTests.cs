using System.Reflection;
using System.Text.RegularExpressions;
using FieldCrm.Dispatch.Text;

namespace FieldCrm.Dispatch.Tests;

public sealed partial class WordsTests
{
    private static readonly PropertyInfo[] Texts = typeof(Words).GetProperties();

    [Fact]
    public void Given_any_language_Then_it_has_every_text_with_the_same_places_to_fill()
    {
        foreach (var text in Texts)
        {
            var english = Places(text, English.Words);
            Assert.All(Languages.All, words =>
            {
                Assert.False(string.IsNullOrWhiteSpace(text.GetValue(words) as string), $"{words.Code}: {text.Name}");
                Assert.Equal(english, Places(text, words));
            });
        }
    }

    [Fact]
    public void Given_two_languages_Then_hardly_a_text_is_the_same_in_both()
    {
        foreach (var words in new[] { Spanish.Words, German.Words })
        {
            var same = Texts.Count(t => (string?)t.GetValue(words) == (string?)t.GetValue(English.Words));
            Assert.InRange(same, 0, Texts.Length / 8);
        }
    }

    [Theory]
    [InlineData("es-UY", "es")]
    [InlineData("de", "de")]
    [InlineData("pt-BR", "en")]
    [InlineData(null, "en")]
    public void Given_a_locale_Then_its_language_or_English(string? locale, string code) => Assert.Equal(code, Languages.Of(locale).Code);

    private static string Places(PropertyInfo text, Words words) =>
        string.Join(' ', Place().Matches(text.GetValue(words) as string ?? "").Select(m => m.Value).Order(StringComparer.Ordinal).Distinct());

    [GeneratedRegex(@"\{[0-9]+\}")]
    private static partial Regex Place();
}
