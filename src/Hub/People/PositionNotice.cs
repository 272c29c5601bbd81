using FieldCrm.Core.People;

namespace FieldCrm.Hub.People;

/// <summary>
/// What a person is told before anything of where he is may be taken in. A change of what it says, beyond its wording, is a
/// new <see cref="Version"/>: everybody is asked again before his next shift.
/// </summary>
public sealed record PositionNotice(string Language, string Title, IReadOnlyList<(string Heading, string Text)> Sections, int RetentionDays)
{
    public const int Version = 1;

    /// <summary>Everything of it, as it goes into the ledger.</summary>
    public ConsentNotice ToConsent() => new(
        ConsentPurpose.Positions, ConsentChannel.OwnPage, Version, Language, RetentionDays,
        string.Join('\n', [Title, .. Sections.SelectMany(s => new[] { s.Heading, s.Text })]));

    public static PositionNotice Of(string language, string organisation, int retentionDays) => language switch
    {
        "es" => Spanish(organisation, retentionDays),
        "de" => German(organisation, retentionDays),
        _ => English(organisation, retentionDays),
    };

    private static PositionNotice English(string organisation, int days) => new("en", "Your position at work",
    [
        ("What is taken in",
            $"While you are on shift, the phone or tracker that you carry for {organisation} reports where you are, how fast and in which "
            + "direction you move, how exact that is, and its battery. Off shift nothing is taken in: whatever the device sends is thrown away."),
        ("What for", "So that dispatchers see who is near, can send the right person, and find you when something has happened."),
        ("Who sees it",
            $"Dispatchers, admins and auditors of {organisation}, and whoever operates this system for it, see you on the map while you are on "
            + "shift. To open your track or your day they must say why. You can read who did, when and why: it is listed under “Who saw me”."),
        ("How long it is kept", $"Your positions are deleted after {days} days."),
        ("It is your choice",
            "You may say no. A yes starts nothing by itself: you begin and end each shift, and a shift that you forget ends by itself after 16 "
            + "hours. You may take your yes back at any time: everything stops at once, and you can have what is stored deleted."),
    ], days);

    private static PositionNotice Spanish(string organisation, int days) => new("es", "Su posición en el trabajo",
    [
        ("Qué se recibe",
            $"Mientras está de turno, el teléfono o rastreador que lleva para {organisation} informa dónde está, a qué velocidad y en qué "
            + "dirección se mueve, con qué exactitud, y su batería. Fuera de turno no se recibe nada: lo que envía el dispositivo se descarta."),
        ("Para qué", "Para que los despachadores vean quién está cerca, puedan enviar a la persona indicada y lo encuentren si algo pasó."),
        ("Quién la ve",
            $"Los despachadores, administradores y auditores de {organisation}, y quien opera este sistema para ella, lo ven en el mapa "
            + "mientras está de turno. Para abrir su recorrido o su día deben decir por qué. Usted puede leer quién lo hizo, cuándo y por qué: "
            + "figura en «Quién me vio»."),
        ("Cuánto tiempo se guarda", $"Sus posiciones se borran después de {days} días."),
        ("Usted decide",
            "Puede decir que no. Un sí por sí solo no inicia nada: usted empieza y termina cada turno, y un turno olvidado termina solo a las "
            + "16 horas. Puede retirar su sí en cualquier momento: todo se detiene de inmediato y puede hacer borrar lo guardado."),
    ], days);

    private static PositionNotice German(string organisation, int days) => new("de", "Ihre Position bei der Arbeit",
    [
        ("Was aufgenommen wird",
            $"Solange Sie im Dienst sind, meldet das Telefon oder der Tracker, den Sie für {organisation} bei sich tragen, wo Sie sind, wie "
            + "schnell und in welche Richtung Sie sich bewegen, wie genau das ist, und den Akkustand. Außer Dienst wird nichts aufgenommen: Was "
            + "das Gerät dann sendet, wird verworfen."),
        ("Wozu", "Damit die Leitstelle sieht, wer in der Nähe ist, die richtige Person schicken kann und Sie findet, wenn etwas passiert ist."),
        ("Wer sie sieht",
            $"Leitstelle, Admins und Prüfer von {organisation} und wer dieses System für sie betreibt, sehen Sie auf der Karte, solange Sie im "
            + "Dienst sind. Wer Ihren Weg oder Ihren Tag öffnet, muss sagen, warum. Sie können lesen, wer es war, wann und warum: Es steht unter "
            + "„Wer mich gesehen hat“."),
        ("Wie lange sie bleibt", $"Ihre Positionen werden nach {days} Tagen gelöscht."),
        ("Sie entscheiden",
            "Sie dürfen Nein sagen. Ein Ja beginnt von selbst nichts: Sie beginnen und beenden jeden Dienst, und ein vergessener Dienst endet "
            + "nach 16 Stunden von selbst. Sie können Ihr Ja jederzeit zurücknehmen: Alles hört sofort auf, und Sie können löschen lassen, was "
            + "gespeichert ist."),
    ], days);
}
