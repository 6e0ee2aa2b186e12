CREATE TABLE BonusCards (
    UserId     INTEGER     NOT NULL,
    Iata       CHAR(2)     NOT NULL,
    CardNumber VARCHAR(20) NOT NULL CHECK (length(CardNumber) BETWEEN 5 AND 20),
    UNIQUE (UserId, Iata, CardNumber)
);
