namespace FieldCrm.Hub.People;

public sealed partial record PersonWords
{
    private static PersonWords English { get; } = new()
    {
        Language = "en", LanguageName = "English", Skip = "Skip to content", Account = "Account", SignOut = "Sign out",
        MyShift = "My shift", WhoSawMe = "Who saw me", MyData = "My data",
        OnShift = "On shift", OnShiftSince = "since", OnShiftText = "Your position is taken in, and dispatchers see you on the map.",
        OffShift = "Off shift", OffShiftText = "Nothing about where you are is taken in.",
        BeginShift = "Begin shift", EndShift = "End shift",
        NoDevice = "You carry no device",
        NoDeviceText = "Nobody has given you a phone or tracker that reports where you are. There is nothing to do here.",
        Devices = "Reports for you:",
        Yes = "Yes, I agree",
        No = "No",
        NoticeChanged = "What is done with your position has changed. Please read it again; until then no shift begins.",
        SaidNo = "You said no",
        SaidNoText = "Nothing about where you are is taken in. You can change your mind at any time.",
        ReadNotice = "Read the notice again",
        Erasing = "What is stored of you is being deleted. This takes about a minute.",
        SomethingWrong = "That did not work, and nothing has changed. Try again in a moment.",
        SawHint =
            "Everybody who opened your track, your day or another detail, and the reason they gave. The live map during your shift is not "
            + "listed.",
        NobodySaw = "Nobody has looked at your details.", Older = "Older", Newest = "To the newest",
        ForProgram = "a program", ForOperator = "an operator of this system", Nameless = "somebody who is no longer here",
        LookedAtDay = "your day", LookedAtTrack = "your track", LookedAtUnit = "your details", LookedAtEvents = "your trips and stops",
        LookedAtReplay = "your track, in a replay", LookedAtExport = "your track, as a file", OfTime = "of",
        Stored = "Stored positions",
        StoredFrom = "from",
        StoredNothing = "No positions of you are stored.",
        KeptDays = "They are deleted after {0} days.",
        TakeAlong = "Take them along:",
        YourWord = "What you said",
        GivenAt = "Yes",
        DeclinedAt = "No",
        WithdrawnAt = "taken back",
        TextAndHash = "The text that you were shown, and its hash",
        Withdraw = "Take back my yes",
        WithdrawText =
            "Everything stops at once: your shift ends, and nothing is taken in until you say yes again. What was taken in before stays until "
            + "it is deleted.",
        WithdrawSure = "Yes, take it back", Back = "Back",
        Delete = "Delete what is stored", DeleteText = "All your positions, trips, stops and alarms are deleted for good, also for you.",
        DeleteStays =
            "What stays: that you said yes or no, when your shifts were, and who looked at your details. These tell where you were to nobody.",
        DeleteSure = "Yes, delete them for good", Deleted = "Deleted",
    };

    private static PersonWords Spanish { get; } = new()
    {
        Language = "es", LanguageName = "Español", Skip = "Ir al contenido", Account = "Cuenta", SignOut = "Salir",
        MyShift = "Mi turno", WhoSawMe = "Quién me vio", MyData = "Mis datos",
        OnShift = "De turno", OnShiftSince = "desde", OnShiftText = "Su posición se recibe y los despachadores lo ven en el mapa.",
        OffShift = "Fuera de turno", OffShiftText = "No se recibe nada sobre dónde está.",
        BeginShift = "Empezar turno", EndShift = "Terminar turno",
        NoDevice = "No lleva ningún dispositivo",
        NoDeviceText = "Nadie le asignó un teléfono o rastreador que informe dónde está. Aquí no hay nada que hacer.",
        Devices = "Informa por usted:",
        Yes = "Sí, acepto",
        No = "No",
        NoticeChanged = "Cambió lo que se hace con su posición. Léalo de nuevo; hasta entonces no empieza ningún turno.",
        SaidNo = "Dijo que no",
        SaidNoText = "No se recibe nada sobre dónde está. Puede cambiar de opinión cuando quiera.",
        ReadNotice = "Leer el aviso otra vez",
        Erasing = "Se está borrando lo guardado sobre usted. Tarda más o menos un minuto.",
        SomethingWrong = "No funcionó y nada cambió. Pruebe de nuevo en un momento.",
        SawHint =
            "Todas las personas que abrieron su recorrido, su día u otro detalle, y el motivo que dieron. El mapa en vivo durante su turno no "
            + "figura.",
        NobodySaw = "Nadie miró sus detalles.", Older = "Anteriores", Newest = "A los más recientes",
        ForProgram = "un programa", ForOperator = "quien opera este sistema", Nameless = "alguien que ya no está",
        LookedAtDay = "su día", LookedAtTrack = "su recorrido", LookedAtUnit = "sus detalles", LookedAtEvents = "sus viajes y paradas",
        LookedAtReplay = "su recorrido, en una repetición", LookedAtExport = "su recorrido, como archivo", OfTime = "de",
        Stored = "Posiciones guardadas",
        StoredFrom = "desde",
        StoredNothing = "No hay posiciones suyas guardadas.",
        KeptDays = "Se borran después de {0} días.",
        TakeAlong = "Llévelas consigo:",
        YourWord = "Lo que dijo", GivenAt = "Sí", DeclinedAt = "No", WithdrawnAt = "retirado", TextAndHash = "El texto que se le mostró y su huella",
        Withdraw = "Retirar mi sí",
        WithdrawText =
            "Todo se detiene de inmediato: su turno termina y no se recibe nada hasta que vuelva a decir que sí. Lo recibido antes queda hasta "
            + "que se borre.",
        WithdrawSure = "Sí, retirarlo", Back = "Volver",
        Delete = "Borrar lo guardado", DeleteText = "Todas sus posiciones, viajes, paradas y alarmas se borran para siempre, también para usted.",
        DeleteStays = "Qué queda: que dijo sí o no, cuándo fueron sus turnos y quién miró sus detalles. Eso no le dice a nadie dónde estuvo.",
        DeleteSure = "Sí, borrarlas para siempre", Deleted = "Borrado",
    };

    private static PersonWords German { get; } = new()
    {
        Language = "de", LanguageName = "Deutsch", Skip = "Zum Inhalt", Account = "Konto", SignOut = "Abmelden",
        MyShift = "Mein Dienst", WhoSawMe = "Wer mich gesehen hat", MyData = "Meine Daten",
        OnShift = "Im Dienst", OnShiftSince = "seit", OnShiftText = "Ihre Position wird aufgenommen, und die Leitstelle sieht Sie auf der Karte.",
        OffShift = "Außer Dienst", OffShiftText = "Wo Sie sind, wird nicht aufgenommen.",
        BeginShift = "Dienst beginnen", EndShift = "Dienst beenden",
        NoDevice = "Sie tragen kein Gerät",
        NoDeviceText = "Niemand hat Ihnen ein Telefon oder einen Tracker gegeben, der meldet, wo Sie sind. Hier gibt es nichts zu tun.",
        Devices = "Meldet für Sie:",
        Yes = "Ja, ich bin einverstanden",
        No = "Nein",
        NoticeChanged = "Was mit Ihrer Position geschieht, hat sich geändert. Bitte lesen Sie es neu; bis dahin beginnt kein Dienst.",
        SaidNo = "Sie haben Nein gesagt",
        SaidNoText = "Wo Sie sind, wird nicht aufgenommen. Sie können Ihre Meinung jederzeit ändern.",
        ReadNotice = "Den Hinweis noch einmal lesen",
        Erasing = "Was von Ihnen gespeichert ist, wird gelöscht. Das dauert etwa eine Minute.",
        SomethingWrong = "Das hat nicht geklappt, und nichts hat sich geändert. Versuchen Sie es gleich noch einmal.",
        SawHint =
            "Alle, die Ihren Weg, Ihren Tag oder andere Einzelheiten geöffnet haben, und der Grund, den sie angaben. Die Live-Karte während "
            + "Ihres Dienstes steht nicht dabei.",
        NobodySaw = "Niemand hat sich Ihre Einzelheiten angesehen.", Older = "Ältere", Newest = "Zu den neuesten",
        ForProgram = "ein Programm", ForOperator = "wer dieses System betreibt", Nameless = "jemand, der nicht mehr da ist",
        LookedAtDay = "Ihr Tag", LookedAtTrack = "Ihr Weg", LookedAtUnit = "Ihre Einzelheiten", LookedAtEvents = "Ihre Fahrten und Halte",
        LookedAtReplay = "Ihr Weg, in einer Wiedergabe", LookedAtExport = "Ihr Weg, als Datei", OfTime = "vom",
        Stored = "Gespeicherte Positionen",
        StoredFrom = "vom",
        StoredNothing = "Von Ihnen sind keine Positionen gespeichert.",
        KeptDays = "Sie werden nach {0} Tagen gelöscht.",
        TakeAlong = "Zum Mitnehmen:",
        YourWord = "Was Sie gesagt haben",
        GivenAt = "Ja",
        DeclinedAt = "Nein",
        WithdrawnAt = "zurückgenommen",
        TextAndHash = "Der Text, der Ihnen gezeigt wurde, und sein Hash",
        Withdraw = "Mein Ja zurücknehmen",
        WithdrawText =
            "Alles hört sofort auf: Ihr Dienst endet, und nichts wird aufgenommen, bis Sie wieder Ja sagen. Was vorher aufgenommen wurde, "
            + "bleibt, bis es gelöscht ist.",
        WithdrawSure = "Ja, zurücknehmen", Back = "Zurück",
        Delete = "Gespeichertes löschen", DeleteText = "Alle Ihre Positionen, Fahrten, Halte und Alarme werden endgültig gelöscht, auch für Sie.",
        DeleteStays =
            "Was bleibt: dass Sie Ja oder Nein gesagt haben, wann Ihre Dienste waren und wer Ihre Einzelheiten angesehen hat. Wo Sie waren, "
            + "verrät das niemandem.",
        DeleteSure = "Ja, endgültig löschen", Deleted = "Gelöscht",
    };
}
